"""A pack as Cedar policies: a second engine that must agree, and the way to take adopted policies to any Cedar service.

    exported = export(load_pack("cea"), date(2026, 1, 5))
    exported.policies, exported.schema                 # Cedar text, to be validated and loaded
    exported.request("disclose", facts)                # what a Cedar service is asked
    exported.read(allowed, ids of the policies named)  # what its answer means: outcome and cited clauses

Cedar knows no unknown: a missing attribute makes a policy fail, and a `forbid` that fails lets pass. So each prohibition
is written twice, as what is known to hold and as what may hold, and a missing fact denies.
"""

from meterkeep.policy.assurance.cedar.agreement import Agreement, Difference, agree
from meterkeep.policy.assurance.cedar.exported import Answer, CedarPolicies, export
from meterkeep.policy.assurance.cedar.vectors import vectors

__all__ = ["Agreement", "Answer", "CedarPolicies", "Difference", "agree", "export", "vectors"]

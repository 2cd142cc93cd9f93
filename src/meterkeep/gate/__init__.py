"""The one door: facts → decision → intent → data → outcome. No Django, no settings, no wall clock."""

from meterkeep.gate.destroying import Destruction, Disposal
from meterkeep.gate.forgetting import Farewell, Forgotten
from meterkeep.gate.gate import Event, Gate
from meterkeep.gate.grant import Grant
from meterkeep.gate.request import Facts, Period, Request, Subjects
from meterkeep.gate.ruling import NoPolicy, Refused, Ruling, Undetermined
from meterkeep.gate.sources import CustomerFacts, Sources

__all__ = [
    "CustomerFacts",
    "Destruction",
    "Disposal",
    "Event",
    "Facts",
    "Farewell",
    "Forgotten",
    "Gate",
    "Grant",
    "NoPolicy",
    "Period",
    "Refused",
    "Request",
    "Ruling",
    "Sources",
    "Subjects",
    "Undetermined",
]

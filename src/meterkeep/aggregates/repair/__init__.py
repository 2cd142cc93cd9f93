"""The repair: the cheapest set of figures to withhold so that nothing under the rule can be derived (docs/releases.md, “Repair”).

`question` is what is asked, `attacks` what an attacker can do with a part of the figures, `watch` which parts there are
while figures are withheld and put back, `hitting` the cheapest set that blocks all attacks known so far, `search` the loop.
"""

"""The audit: what can be derived from everything released, exactly (docs/releases.md, T1 to T4).

`system` is what is known: released sums over anonymous atoms. `closure` finds the derivable groups under the rule (T1).
`bounds` finds who is bounded too closely (T2), `intervals` how closely a withheld figure can be told (T3).
"""

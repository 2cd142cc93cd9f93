"""The audit of a new release beside everything released before, over months and premises (docs/releases.md, T1 to T4).

`slots`: the shortest periods that all published ones are made of. `unknowns`: who used what in which slot, and the system that
the rows make of it. `findings`: the attacks on it. `candidates`: what a repair is asked and answers. `changes`: what neighbouring
periods tell about newcomers; `contradictions`: what longer periods tell about corrected readings. `gate`: whether one more figure may stand beside the others, at once.
"""

"""Load shapes: one sum for each slot of the day or day of the month, and what they tell about who is in the group.

`game`: whether somebody who knows a customer's own readings could tell that they are counted. `planning`: which shapes may go out.
"""

"""NEM12 and NEM13 in: the Australian market's interval and accumulated data."""

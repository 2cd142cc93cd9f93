"""Tables of totals given by their leaves: hierarchies, cells, and which of them may be published (docs/releases.md)."""

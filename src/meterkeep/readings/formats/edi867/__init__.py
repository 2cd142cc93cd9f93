"""EDI 867 in: interval usage, original, cancelled and rebilled. Start in `reader.py`."""

"""Long CSV in, by a saved mapping: a row for each reading. Start in `reader.py`."""

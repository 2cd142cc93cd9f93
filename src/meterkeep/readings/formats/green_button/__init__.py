"""Green Button in: Atom feeds of ESPI objects, read in C wherever entries look alike. Start in `reader.py`."""

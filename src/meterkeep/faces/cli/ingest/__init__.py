"""`ingest`: meter files in, every record stored, counted as a duplicate or rejected under a name."""

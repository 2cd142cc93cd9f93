"""`decide`: one request, or a table of customers."""

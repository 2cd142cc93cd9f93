"""`expenses`: claims of travel costs and what is decided of them."""

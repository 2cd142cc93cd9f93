"""How long records are kept, what is held, and what was destroyed."""

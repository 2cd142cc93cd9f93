"""How we know that a pack says what it should: lint, clause map, cases, proofs, impact, a second engine."""

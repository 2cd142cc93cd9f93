"""What a pack can say at all: its facts cut into classes, decision diagrams over them, invariants and their proofs."""

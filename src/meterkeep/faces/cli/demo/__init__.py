"""The demonstration: Coastal Example Energy, a synthetic provider. No name, address or number in it belongs to anyone."""

"""The store's own kit: synthetic files in miniature and their oracle."""

from readings.store.conftest import kit, new_store

__all__ = ["kit", "new_store"]

"""Questions about many usage points, written once and asked of the engine that the settings name: docs/growing.md."""

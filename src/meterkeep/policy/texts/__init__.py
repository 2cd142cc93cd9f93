"""An adopted text, cut into its clauses with line and page, and mapped to the clauses of a pack."""

from meterkeep.policy.texts.importing import Imported, import_text

__all__ = ["Imported", "import_text"]

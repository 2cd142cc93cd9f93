"""A sentence that remembers what it was made of, so that a page can say it in another language."""

from __future__ import annotations

from typing import Self


class Sentence(str):
    """template: English, with `%(name)s`; values: what stands there, which no language changes."""

    __slots__ = ("template", "values")
    template: str
    values: dict[str, str]

    def __new__(cls, template: str, **values: object) -> Self:
        said = {name: str(value) for name, value in values.items()}
        made = super().__new__(cls, template % said if said else template)
        made.template, made.values = template, said
        return made

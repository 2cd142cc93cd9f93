"""What the register leaves open, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from meterkeep.policy.language.sentences import Sentence

SAID = (
    _("The roll call is not recorded."),
    _("Names and answers of the roll call stand apart in what was read; compare it with the minutes."),
    _("The signature of the %(role)s is missing."),
    _("The signature of the %(role)s under %(place)s is missing."),
    _("The signature of the %(role)s is illegible."),
    _("The signature of the %(role)s under %(place)s is illegible."),
    _("The file of “%(title)s” is not kept."),
    _("The day since which customers are served is not recorded; yearly reports count from it."),
    _("What was read is not the authoritative text: compare it with the original."),
    _("No staff contact is named in %(documents)s."),
    _("%(document)s says %(said)s pages and runs %(run)s."),
    _("Also written otherwise: %(names)s."),
    _("Nobody of the provider has ruled on %(names)s."),
    _("The folder of %(pack)s is gone; what is in force is the kept copy."),
    _(
        "Another edition of %(pack)s comes with Meterkeep now. What is in force has not changed; adopt again to take it over."
    ),
    _("%(files)s: not as adopted any more. What is in force has not changed; adopt again to change it."),
)
"""Every template of the desk's sentences; a test compares them."""


def told(points: Iterable[Sentence]) -> tuple[str, ...]:
    return tuple(gettext(point.template) % point.values for point in points)

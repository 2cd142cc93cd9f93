"""Why a number is left out, in words: a headline, sentences, and what the rule asks for. For staff."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from meterkeep.faces.figures import Figures, days, decimal, people, percent

MILLION = 1_000_000
HEADLINES = {
    "negative_value": _("Values below zero"),
    "count": _("Too few customers"),
    "zero_total": _("The total is zero"),
    "few_contributors": _("Too few customers used anything"),
    "share": _("One customer is too large"),
    "overlaps_past_release": _("With what is out already, it would tell about too few"),
    "changed_value": _("It would show whose readings were corrected"),
    "reveals_withheld": _("With the other numbers, it would tell about too few"),
    "small_change": _("It would tell about a few who came or left"),
    "past_conflict": _("What is out already tells too much"),
    "close_estimate": _("Somebody could work out too closely what another customer used"),
    "resolution": _("Too fine for a group of this size"),
    "membership": _("It would show who is in the group"),
    "excluded": _("Left out so that the rest can be published"),
}
Cell = Mapping[str, Any]


def headline(cell: Cell) -> str:
    """In a few words. A share that could be worked out has its own."""
    if cell.get("kind") == "share":
        return gettext("It would tell too much about one customer")
    return str(HEADLINES.get(cell["code"], cell["why"]))


def sentences(cell: Cell, figures: Figures) -> list[str]:
    """What anybody could do if it were published. The engine's own words where no others are known."""
    if cell.get("forgotten"):
        return [
            gettext("What it came to, and why it was left out, was destroyed with the data of customers.")
        ]
    if "rule" not in cell or not cell["rule"]:
        return [cell["why"]]
    said = _SENTENCES.get(cell["code"])
    if said is None and cell["attack"]:
        said = _attack
    return said(cell, figures) if said else [cell["why"]]


def rule_words(cell: Cell) -> str:
    """The part of the rule that the number is held against."""
    rule = cell["rule"]
    clause = f" ({rule['clause']})" if rule["clause"] else ""
    raised = f" ({rule['raised_by']})" if rule.get("raised_by") else clause
    if cell["code"] == "share" or cell["kind"] == "share":
        return gettext("The rule%(clause)s: no customer may have %(limit)s of a total.") % {
            "clause": clause,
            "limit": limit(rule),
        }
    asks = ngettext(
        "The rule%(clause)s: a group has at least %(minimum)s customer.",
        "The rule%(clause)s: a group has at least %(minimum)s customers.",
        rule["minimum"],
    )
    return asks % {"clause": raised, "minimum": rule["minimum"]}


def limit(rule: Mapping[str, Any]) -> str:
    """What nobody may reach, or exceed."""
    share = percent(rule["share_ppm"])
    if rule["strict"]:
        return gettext("%(share)s or more") % {"share": share}
    return gettext("more than %(share)s") % {"share": share}


def share_of(most: int, value: int, over: int, rule: Mapping[str, Any]) -> str:
    """most ÷ (value ÷ over), cut off where the rule is strict, and up where it is not."""
    if value <= 0:
        return percent(MILLION)
    up = not rule["strict"]
    part = MILLION * most * over
    return percent(-(-part // value) if up else part // value, up=up)


def of_release(reference: str, published_on: date | None) -> str:
    """A past release, with its day."""
    if published_on is None:
        return reference
    said = {"reference": reference, "day": date_format(published_on, "j F Y")}
    return gettext("%(reference)s of %(day)s") % said


def _count(cell: Cell, _figures: Figures) -> list[str]:
    told = gettext("This number is the total of %(people)s. In such a small group people can be made out.")
    if cell["rule"].get("raised_by"):
        told = gettext("This number is the total of %(people)s. For figures of this kind the documents ask for more than for others.")  # fmt: skip
    left = cell["left"]["customers"] + cell["left"]["idle"] if cell["left"] else cell["customers"]
    return [told % {"people": people(left)}, *_known(cell)]


def _known(cell: Cell) -> list[str]:
    """Where the recipient knows some of the customers, who hide nobody."""
    left = cell["left"]
    off = cell["customers"] - left["customers"] - left["idle"] if left else 0
    if not off:
        return []
    return [gettext("There are %(people)s more in it, who hide nobody here: they have a rule of their own, or the recipient knows what they used.") % {"people": people(off)}]  # fmt: skip


def _few(cell: Cell, _figures: Figures) -> list[str]:
    return [
        gettext("Of %(people)s in it only %(used)s used anything, so the total is about these few.")
        % {"people": people(cell["customers"]), "used": decimal(cell["about"])}
    ]


def _share(cell: Cell, figures: Figures) -> list[str]:
    most, value = tested(cell)
    said = {
        "most": figures.measured(most),
        "total": figures.measured(value),
        "share": share_of(most, value, 1, cell["rule"]),
    }
    return [
        gettext("One customer used %(most)s of the %(total)s. That is %(share)s.") % said,
        gettext("Whoever reads the total learns too much about this customer."),
        *_known(cell),
    ]


def tested(cell: Cell) -> tuple[int, int]:
    """The largest customer and the total that the share was taken of, where a number fails by itself."""
    if cell["left"]:
        return cell["most"], cell["left"]["value"]
    return cell["largest"], cell["value"]


def _zero(cell: Cell, _figures: Figures) -> list[str]:
    return [
        gettext("The total is zero. It would tell of each of its %(people)s that they used nothing.")
        % {"people": people(cell["customers"])}
    ]


def _negative(_cell: Cell, _figures: Figures) -> list[str]:
    return [
        gettext("It has values below zero, so nobody can say what share of the total a customer has."),
        gettext("Energy from the grid and energy to the grid can be published apart."),
    ]


def _attack(cell: Cell, figures: Figures) -> list[str]:
    kind, left = cell["kind"], cell["left"]
    if not left and cell["about"]:
        return [gettext("The numbers below have some customers in common. Put together, they set a group of only %(people)s apart from everybody else. No sum is written here, since these numbers do not all count the same thing, such as energy taken and energy sent back.") % {"people": people(cell["about"])}]  # fmt: skip
    opening = [gettext("This number meets the rule by itself.")]
    if kind == "forgotten" or not left:
        return [*opening, *_unclear(kind)]
    if kind == "share":
        return [*opening, *_bound(cell, figures)]
    if kind == "similar":
        return [*opening, gettext("Its period is nearly that of a number that is out already. Taken as the same, the numbers below come to about %(amount)s of only %(people)s.") % _group(cell, figures)]  # fmt: skip
    if not left["customers"]:
        return [*opening, gettext("If it were published, the sum below would tell that %(people)s used nothing.") % {"people": people(left["idle"])}]  # fmt: skip
    return [*opening, *_told(cell, figures)]


def _told(cell: Cell, figures: Figures) -> list[str]:
    left, said = cell["left"], _group(cell, figures)
    if not left["plain"]:
        mixed = gettext("If it were published, anybody could work out a sum that is about only %(people)s: what %(added)s used, less what %(taken)s used.")  # fmt: skip
        parts = {"added": people(left["customers"] - left["taken"]), "taken": people(left["taken"])}
        both = bool(left["taken"]) and left["taken"] < left["customers"]
        plain = gettext("If it were published, anybody could work out a sum that is about only %(people)s.")
        return [(mixed if both else plain) % (said | parts)]
    if left["customers"] == 1:
        return [gettext("If it were published, anybody could work out exactly what one customer used: %(amount)s.") % said]  # fmt: skip
    return [gettext("If it were published, anybody could work out what %(people)s used together: %(amount)s.") % said]  # fmt: skip


def _group(cell: Cell, figures: Figures) -> dict[str, str]:
    left = cell["left"]
    return {"people": people(left["customers"]), "amount": figures.measured(left["value"] // left["over"])}


def _bound(cell: Cell, figures: Figures) -> list[str]:
    left, rule = cell["left"], cell["rule"]
    said = {
        "people": people(left["customers"]),
        "amount": figures.measured(bound_of(left)),
        "most": figures.measured(cell["most"]),
        "share": share_of(cell["most"], left["value"], left["over"], rule),
    }
    if left["plain"]:
        first = gettext(
            "If it were published, anybody could work out what %(people)s used together: %(amount)s."
        )
    else:
        first = gettext("If it were published, anybody could work out that none of %(people)s can have used more than %(amount)s.")  # fmt: skip
    return [
        first % said,
        gettext("One of them used %(most)s. That is %(share)s of it, so whoever does the sum learns too much about this customer.") % said,
    ]  # fmt: skip


def bound_of(left: Mapping[str, Any]) -> int:
    """What is left, a part of a unit rounded up."""
    bound: int = -(-left["value"] // left["over"])
    return bound


def _unclear(kind: str | None) -> list[str]:
    if kind == "forgotten":
        return [
            gettext("Together with the numbers below it would tell more about customers whose data was destroyed. Nobody can check any more how much, so it is left out.")
        ]  # fmt: skip
    return [gettext("Together with the numbers below it would tell too much about a few customers. It takes more than one sum to see that, so none is written here.")]  # fmt: skip


def _overlaps(cell: Cell, figures: Figures) -> list[str]:
    if cell["kind"] or not cell["left"]:
        return _attack(cell, figures)
    left, said = cell["left"], _group(cell, figures)
    opening = gettext("This number meets the rule by itself, but it is out already for the same period, with other customers in it.")  # fmt: skip
    if not left["customers"]:
        return [opening, gettext("Those whom only one of the two counts used nothing, and the difference would tell that.")]  # fmt: skip
    if left["plain"] and left["customers"] == 1:
        told = gettext("Only one of the two counts one more customer. The difference is exactly what that customer used: %(amount)s.")  # fmt: skip
    elif left["plain"]:
        told = gettext("Only one of the two counts %(people)s more. The difference is what they used together: %(amount)s.")  # fmt: skip
    else:
        told = gettext("The difference tells about %(people)s whom only one of the two counts, and about readings that were corrected.")  # fmt: skip
    return [opening, told % said]


def _changed(cell: Cell, figures: Figures) -> list[str]:
    left = cell["left"]
    opening = gettext("This number meets the rule by itself. But numbers are out already that count some of the same customers, and readings of these were corrected since.")  # fmt: skip
    if not left:
        return [
            opening,
            gettext("Whoever compares the numbers would see whose readings were corrected, and by how much."),
        ]
    said = {"people": people(left["customers"]), "amount": figures.measured(left["value"])}
    return [opening, gettext("Take one from the other: what is left, %(amount)s, is the correction of %(people)s and nothing else.") % said]  # fmt: skip


def _small(cell: Cell, figures: Figures) -> list[str]:
    came = cell["came"]
    other = next(term for term in cell["attack"] if term["period"] != cell["period"])
    said = {"other": days(other["period"]), "usual": percent(came["usual_ppm"])}
    told = [gettext("This number meets the rule by itself, but nearly the same customers are in the number for %(other)s.") % said]  # fmt: skip
    if came["came"]:
        told.append(_moved(gettext("%(people)s came, who used %(amount)s: %(share)s of this number."), came["came"], came["came_value"], cell["value"], figures))  # fmt: skip
    if came["left"]:
        told.append(_moved(gettext("%(people)s left, who had used %(amount)s: %(share)s of the other number."), came["left"], came["left_value"], other["value"], figures))  # fmt: skip
    told.append(gettext("Such numbers mostly change by no more than %(usual)s from one period to the next. So the difference shows nearly what these few used.") % said)  # fmt: skip
    return told


def _moved(words: str, number: int, value: int, total: int, figures: Figures) -> str:
    return words % {
        "people": people(number),
        "amount": figures.measured(value),
        "share": percent(MILLION * value // total),
    }


def _stuck(cell: Cell, figures: Figures) -> list[str]:
    if not cell["left"] and cell["about"]:
        return _attack(cell, figures)
    told = [gettext("What is out already for this period breaks the rule, as it was planned under a laxer one. So nothing is added to it.")]  # fmt: skip
    left = cell["left"]
    if left and cell["kind"] == "count" and left["customers"]:
        told.append(gettext("The numbers below, all out already, tell about only %(people)s.") % _group(cell, figures))  # fmt: skip
    return told


_SENTENCES: dict[str, Callable[[Cell, Figures], list[str]]] = {
    "count": _count,
    "few_contributors": _few,
    "share": _share,
    "zero_total": _zero,
    "negative_value": _negative,
    "overlaps_past_release": _overlaps,
    "changed_value": _changed,
    "reveals_withheld": _attack,
    "small_change": _small,
    "past_conflict": _stuck,
}

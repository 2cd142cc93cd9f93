"""Who lives in Coastal Example Energy's area: invented people and firms, drawn from small word lists by a seed.

Everything is synthetic and made to look so: example.com mail, 555-01xx telephones, towns and streets that do not exist,
social security numbers in the 000 area, which was never issued, and ZIP codes chosen for their looks alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

COLUMNS = (
    "customer_id", "name", "account_number", "service_account", "usage_point_source_id", "meter_number", "phone",
    "email", "service_address", "billing_address", "city", "zip", "ssn", "customer_class", "rate_class", "solar",
    "start", "end",
)  # fmt: skip
CLASSES = ("residential", "small_commercial", "industrial")
RATES = (("RES-1", "RES-TOU", "RES-EV"), ("SB-1", "SB-TOU"), ("IND-P", "IND-T"))
RESIDENTIAL, SMALL_COMMERCIAL, INDUSTRIAL = range(3)
_CAR_RATE = RATES[RESIDENTIAL].index("RES-EV")

TOWNS = (
    ("Saltmarsh Bay", "93970", 0.30),
    ("Gullhaven", "93971", 0.20),
    ("Pelican Rise", "93972", 0.14),
    ("Fogmoor", "93973", 0.10),
    ("Kelpton", "93974", 0.08),
    ("Lanternport", "93976", 0.06),
    ("Driftwood Flats", "93977", 0.04),
    ("Otterbrook", "93978", 0.03),
    ("Sandpiper Cove", "93979", 0.02),
    ("Mistral Point", "93980", 0.015),
    ("Barnacle Hill", "93981", 0.01),
    ("Lonebuoy", "93982", 0.005),
)
"""Name, ZIP code and share of the customers. The smallest are too small for anything to be said about their firms."""
_INDUSTRIAL_TOWN = 5
_CLASS_SHARES = (0.87, 0.105, 0.025)
_SOLAR_SHARES = (0.18, 0.08, 0.04)
_DAILY_WH = (17_000, 90_000, 2_400_000)
_SPREAD = (0.45, 0.75, 0.8)
"""Sigma of the lognormal sizes: among a dozen firms one often takes more than its share."""

_FIRST = (
    "Adalbo", "Brisa", "Corvin", "Dulcina", "Emmerich", "Fennimore", "Galatea", "Hesper", "Isolde", "Jorvik", "Kestrel",
    "Liora", "Marwood", "Nerissa", "Orsino", "Perpetua", "Quennel", "Rosalba", "Silvanus", "Tamsin", "Ulric", "Verbena",
)  # fmt: skip
_LAST = (
    "Abalone", "Breakwater", "Capstan", "Dunlin", "Eelgrass", "Foghorn", "Gannet", "Halyard", "Inlet", "Jettison",
    "Kittiwake", "Limpet", "Mooring", "Nautilus", "Oarlock", "Periwinkle", "Quayle", "Rudder", "Scupper", "Tidepool",
    "Undertow", "Vesper", "Whelk", "Yardarm", "Zephyrson",
)  # fmt: skip
_TRADES = ("Bakery", "Books", "Laundry", "Clinic", "Hardware", "Cafe", "Printing", "Garage", "Studio")
_WORKS = ("Cold Storage", "Cannery", "Foundry", "Boatworks", "Packing", "Cement", "Paper Mill")
_STREETS = ("Anchor", "Bollard", "Compass", "Dory", "Ebb", "Flotsam", "Gangway", "Harpoon", "Isobar", "Jib")
_KINDS = ("Street", "Avenue", "Lane", "Court", "Way")
_AREA_CODES = ("805", "831", "408", "650", "707")

CANARY = {
    "name": "Zephyrine Canaryquill",
    "account_number": "4600-777-0001-91",
    "service_account": "SA-7770001-91",
    "meter_number": "M7770001-91",
    "phone": "805-555-0199",
    "email": "zephyrine.canaryquill@example.org",
    "service_address": "1917 Canaryquill Crescent",
    "billing_address": "PO Box 7791, Canaryquill Station",
    "ssn": "000-77-9191",
}
"""The identity of customer 0, unlike any other, so that a search of a home's files can prove that it stands in none."""

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Population:
    """Columns by usage point, and who follows whom at some of them.

    Customer i holds usage point i; customer len(town) + k took over usage point `moved_at[k]` on `moved_on[k]`.
    daily_wh: mean use of a day. solar_w: peak of the panels, 0 without. shift: hours by which a routine is late.
    """

    town: Ints
    kind: Ints
    rate: Ints
    daily_wh: Ints
    solar_w: Ints
    shift: Ints
    words: Ints
    moved_at: Ints
    moved_on: tuple[date, ...]

    @property
    def usage_points(self) -> int:
        return len(self.town)

    @property
    def customers(self) -> int:
        return len(self.town) + len(self.moved_at)

    @property
    def green_button(self) -> range:
        """The usage points whose meter files are Green Button: a twentieth, at most a hundred; then as many in CMEP."""
        return range(min(100, self.customers // 20))

    @property
    def cmep(self) -> range:
        return range(len(self.green_button), 2 * len(self.green_button))

    @property
    def wide(self) -> range:
        return range(2 * len(self.green_button), self.usage_points)

    @property
    def electric_car(self) -> npt.NDArray[np.bool_]:
        cars: npt.NDArray[np.bool_] = (self.kind == RESIDENTIAL) & (self.rate == _CAR_RATE)
        return cars

    def rows(self) -> Iterator[dict[str, str]]:
        """One row for each customer, in the columns of `customers import`."""
        ends = dict(zip(self.moved_at.tolist(), self.moved_on, strict=True))
        for point in range(self.usage_points):
            yield self._row(point, point, start=self._since(point), end=ends.get(point))
        for number, (point, day) in enumerate(ends.items(), start=self.usage_points):
            yield self._row(number, point, start=day, end=None)

    def _row(self, number: int, point: int, *, start: date, end: date | None) -> dict[str, str]:
        kind = int(self.kind[point])
        words, place = self.words[number].tolist(), self.words[point].tolist()
        city, zip_code, _ = TOWNS[self.town[point]]
        street = f"{1 + place[2] % 1900} {_pick(_STREETS, place[3])} {_pick(_KINDS, place[4])}"
        name = _name(kind, words)
        identity = {
            "name": name,
            "account_number": f"4600-{number:07d}-{words[5] % 90 + 10}",
            "service_account": f"SA-{number:07d}-{words[6] % 90 + 10}",
            "meter_number": meter_number(self, point),
            "phone": f"{_pick(_AREA_CODES, words[5])}-555-01{words[6] % 99:02d}",
            "email": f"{name.lower().replace(' ', '.')}.{number}@example.{('com', 'org', 'net')[words[7] % 3]}",
            "service_address": street,
            "billing_address": street if words[4] % 7 else f"PO Box {words[5] % 9000 + 1000}",
            "ssn": "" if kind or words[3] % 50 else f"000-{words[6] % 90 + 10}-{words[7] % 9000 + 1000}",
        }
        return {
            "customer_id": f"C-{number:07d}",
            **(CANARY if number == 0 else identity),
            "usage_point_source_id": source_id(point),
            "city": city,
            "zip": zip_code,
            "customer_class": CLASSES[kind],
            "rate_class": RATES[kind][self.rate[point]],
            "solar": "yes" if self.solar_w[point] else "no",
            "start": start.isoformat(),
            "end": end.isoformat() if end else "",
        }

    def _since(self, point: int) -> date:
        return date(2016, 1, 1) + timedelta(days=int(self.words[point][8] % 2900))


def source_id(point: int) -> str:
    """What every meter file calls the usage point."""
    return f"CEX-UP-{point:07d}"


def meter_number(population: Population, point: int) -> str:
    return CANARY["meter_number"] if point == 0 else f"M{point:07d}-{population.words[point][7] % 90 + 10}"


def draw(*, customers: int, seed: int, first: date, last: date) -> Population:
    """A population of so many customers; one in a hundred moved in between the two days."""
    random = np.random.default_rng([seed, 1])
    moves = customers // 100
    points = customers - moves
    kind = random.choice(len(CLASSES), size=points, p=_CLASS_SHARES)
    town = random.choice(len(TOWNS), size=points, p=[share for _, _, share in TOWNS])
    town[(kind == INDUSTRIAL) & (random.random(points) < 0.6)] = _INDUSTRIAL_TOWN
    rate = (random.random(points) ** 2 * np.array([len(RATES[k]) for k in kind])).astype(np.int64)
    daily = np.array(_DAILY_WH)[kind] * np.exp(random.normal(0, 1, points) * np.array(_SPREAD)[kind])
    solar = random.random(points) < np.array(_SOLAR_SHARES)[kind]
    panels = np.where(solar, daily / 24 * random.uniform(3.0, 6.5, points), 0)
    # Customer 0 is whom the demonstration follows: a home with panels and a car.
    kind[0], rate[0], town[0], daily[0], panels[0] = RESIDENTIAL, _CAR_RATE, 0, 21_000, 5_200
    days = random.integers(30, max(31, (last - first).days - 30), moves)
    population = Population(
        town=town,
        kind=kind,
        rate=rate,
        daily_wh=daily.astype(np.int64),
        solar_w=panels.astype(np.int64),
        shift=random.integers(-2, 3, points),
        words=random.integers(0, 2**31, (customers, 9)),
        moved_at=1 + random.permutation(points - 1)[:moves],
        moved_on=tuple(first + timedelta(days=int(day)) for day in days),
    )
    # A CMEP record names no direction, so the homes with panels are metered by the other two kinds of file.
    population.solar_w[population.cmep.start : population.cmep.stop] = 0
    return population


def _name(kind: int, words: list[int]) -> str:
    if kind == RESIDENTIAL:
        return f"{_pick(_FIRST, words[0])} {_pick(_LAST, words[1])}"
    return f"{_pick(_LAST, words[1])} {_pick(_TRADES if kind == SMALL_COMMERCIAL else _WORKS, words[0])}"


def _pick(words: tuple[str, ...], number: int) -> str:
    return words[number % len(words)]

"""What the policy says of each kind of line. Each rule lowers what a sheet allows and says why."""

from collections.abc import Callable, Mapping

from meterkeep.desks.expenses.case import Case
from meterkeep.desks.expenses.claim import LineKind
from meterkeep.desks.expenses.findings import Sheet
from meterkeep.desks.expenses.kinds.lodging import lodging
from meterkeep.desks.expenses.kinds.meals import meal
from meterkeep.desks.expenses.kinds.small import baggage, other, phone, registration
from meterkeep.desks.expenses.kinds.travel import airfare, car_rental, mileage, parking, taxi, toll

RULES: Mapping[LineKind, Callable[[Sheet, Case], None]] = {
    LineKind.MEAL: meal,
    LineKind.MILEAGE: mileage,
    LineKind.TAXI: taxi,
    LineKind.LODGING: lodging,
    LineKind.AIRFARE: airfare,
    LineKind.CAR_RENTAL: car_rental,
    LineKind.BAGGAGE: baggage,
    LineKind.PARKING: parking,
    LineKind.TOLL: toll,
    LineKind.PHONE: phone,
    LineKind.REGISTRATION: registration,
    LineKind.OTHER: other,
}

BASIS: Mapping[LineKind, str] = {
    LineKind.MEAL: "CEA-01/5.10-a",
    LineKind.MILEAGE: "CEA-01/5.5-a",
    LineKind.TAXI: "CEA-01/5.8",
    LineKind.LODGING: "CEA-01/5.9-a",
    LineKind.AIRFARE: "CEA-01/5.6",
    LineKind.CAR_RENTAL: "CEA-01/5.7-a",
    LineKind.BAGGAGE: "CEA-01/5.13-a",
    LineKind.PARKING: "CEA-01/5.12",
    LineKind.TOLL: "CEA-01/5.5-b",
    LineKind.PHONE: "CEA-01/5.11",
    LineKind.REGISTRATION: "CEA-01/5.1",
    LineKind.OTHER: "CEA-01/5.2-n",
}
"""The clause under which a line is paid whole."""

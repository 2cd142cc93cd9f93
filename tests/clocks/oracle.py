"""Due dates the slow way: one day after the other, and California's holidays from the words of its Government Code."""

from calendar import monthrange
from datetime import date, timedelta

DAY = timedelta(days=1)
SUNDAY_MOVES = ((1, 1), (3, 31), (7, 4), (11, 11), (12, 25))
MONDAYS = ((1, 3), (2, 3), (9, 1))  # month and which Monday: King, the Presidents, Labor Day


def nth(year, month, weekday, number):
    first = date(year, month, 1)
    return first + DAY * ((weekday - first.weekday()) % 7 + 7 * (number - 1))


def californian_holidays(year):
    """Juneteenth as the federal holiday it is since 2021, on Monday when it is a Sunday."""
    fixed = [date(year, month, day) for month, day in SUNDAY_MOVES + (((6, 19),) if year >= 2021 else ())]
    days = {day + DAY if day.weekday() == 6 else day for day in fixed}
    days |= {nth(year, month, 0, number) for month, number in MONDAYS}
    days.add(max(date(year, 5, day) for day in range(25, 32) if date(year, 5, day).weekday() == 0))
    thanksgiving = nth(year, 11, 3, 4)
    days |= {thanksgiving, thanksgiving + DAY}
    if date(year, 11, 11).weekday() == 5:
        days.add(date(year, 11, 10))
    return days


def is_californian_business_day(day):
    return day.weekday() < 5 and day not in californian_holidays(day.year)


def civil_end(start, count, unit):
    """Months by walking to the next month, one at a time, remembering the day of the month one began with."""
    if unit in ("day", "week", "hour"):
        days = {"day": count, "week": 7 * count, "hour": count // 24}[unit]
        return start + DAY * days
    year, month = start.year, start.month
    for _ in range(count * (12 if unit == "year" else 1)):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return date(year, month, min(start.day, monthrange(year, month)[1]))


def due_day_by_day(start, count, unit, roll, closures):
    """Marks off one day after the other."""
    day, marked = start, 0
    wanted = count if unit == "business day" else (civil_end(start, count, unit) - start).days
    while marked < wanted:
        day += DAY
        if day in closures or (unit == "business day" and not is_californian_business_day(day)):
            continue
        marked += 1
    if unit == "business day" or roll == "none":
        return day
    while not is_californian_business_day(day):
        if roll == "previous" and day == start:
            break
        day += DAY if roll == "next" else -DAY
    if day in closures:
        while day in closures or not is_californian_business_day(day):
            day += DAY
    return day

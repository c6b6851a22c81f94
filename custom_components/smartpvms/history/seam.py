"""Where the history meets the statistics of a live sensor: what the sensor did not count.

The sensor's statistics begin somewhere in an hour, and they count all from then on, also
what passed while Home Assistant was off. So the history's part of that day is what the
cloud reports until a midnight later on, less what the sensor had counted by then.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

from .hours import HOUR, Hours, midnight, placeholder_slot, scaled, slots_of

_DAY: Final = timedelta(days=1)

type Sums = Mapping[datetime, int]
"""What a sensor had counted at the end of each hour (by its beginning, UTC)."""


def sum_at(sums: Sums, moment: datetime) -> int | None:
    """Return what a sensor had counted at a moment, None where it was not recorded.

    Between two full hours, where the plant's clock is not a full hour off, it is
    divided evenly.
    """
    full = moment.replace(minute=0, second=0, microsecond=0)
    before = sums.get(full - HOUR)
    if before is None or full == moment:
        return before
    after = sums.get(full)
    return (
        None
        if after is None
        else before + round((after - before) * ((moment - full) / HOUR))
    )


def comparable_days(
    sums: Sums, begin: datetime, until: date, zone: tzinfo
) -> tuple[date, ...]:
    """Return the days from that of `begin` to the first midnight that was recorded.

    None are returned while that is not before the midnight at which day `until` begins.
    """
    first = begin.astimezone(zone).date()
    end = first + _DAY
    while end <= until:
        if sum_at(sums, midnight(end, zone)) is not None:
            return tuple(first + number * _DAY for number in range((end - first).days))
        end += _DAY
    return ()


def rest_before(
    days: Mapping[date, int], sums: Sums, begin: datetime, zone: tzinfo
) -> int:
    """Return what of the first of some days the sensor did not count.

    `days` are what the cloud tells of each of the `comparable_days`.
    """
    first, end = min(days), max(days) + _DAY
    counted = sum_at(sums, midnight(end, zone)) or 0
    following = midnight(first + _DAY, zone)
    of_first = [total for hour, total in sums.items() if hour + HOUR <= following]
    most = days[first] - max(of_first, default=0)
    return max(min(sum(days.values()) - counted, most), 0)


def day_of_seam(
    recorded: Hours, sums: Sums, begin: datetime, rest: int, zone: tzinfo
) -> dict[datetime, int]:
    """Return the hours of the day in which the sensor begins, which come to `rest`.

    They are divided as `recorded`, as far as they are before the sensor; what nobody
    can divide stands at noon, or where the sensor begins if that is before.
    """
    day = begin.astimezone(zone).date()
    weights = {
        slot: max(recorded.get(slot, 0), 0)
        for slot in slots_of(day, zone)
        if slot <= begin
    }
    weights[begin] = max(weights.get(begin, 0) - sums.get(begin, 0), 0)
    return scaled(weights, rest) or {min(placeholder_slot(day, zone), begin): rest}

"""When NCBI asks for large jobs: "weekends or between 9:00 PM and 5:00 AM Eastern time" (NBK25497)."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_FIRST_QUIET, _LAST_QUIET = 21, 5


def is_peak(now: datetime) -> bool:
    """Tell whether a time (with its zone) lies in the hours that NCBI wants to be spared."""
    try:
        there = now.astimezone(ZoneInfo("America/New_York"))
    except ZoneInfoNotFoundError:  # a system without time zones: standard time is near enough
        there = now - (now.utcoffset() or timedelta()) - timedelta(hours=5)
    return there.weekday() < 5 and _LAST_QUIET <= there.hour < _FIRST_QUIET

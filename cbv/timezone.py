"""Convert datetimes between the database and the users' time zone.

The setting ``CBV_TIMEZONE`` names that zone, such as ``Europe/Berlin``. If it is set, a
stored datetime without a zone is read as UTC; if not, such a datetime is not converted.
Django: ``django.utils.timezone``.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from datetime import tzinfo
from datetime import UTC
from importlib import import_module
from typing import Any

from flask import current_app

from .exceptions import ImproperlyConfigured


def current_timezone() -> tzinfo | None:
    """Return the users' time zone, from the setting ``CBV_TIMEZONE``.

    :returns: None if it is not set, or outside an application context.
    :raises ImproperlyConfigured: when no time zone has that name.

    Since 0.1. Django: ``get_current_timezone``.
    """
    name = current_app.config.get("CBV_TIMEZONE") if current_app else None
    if name is None or isinstance(name, tzinfo):
        return name
    # Most applications name no zone, and importing this costs their start 1 ms.
    zoneinfo: Any = import_module("zoneinfo")
    try:
        zone: tzinfo = zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError) as error:
        raise ImproperlyConfigured(
            f"CBV_TIMEZONE is {name!r}, which is no time zone known here. Cure: name"
            " one such as 'Europe/Berlin', or install the tzdata package."
        ) from error
    return zone


def localtime(value: datetime) -> datetime:
    """Convert a stored datetime to local time in the users' zone, for display.

    :param value: with a zone, or without one in UTC.
    :returns: a naive datetime: local time without a zone. Without ``CBV_TIMEZONE``,
        UTC for a value with a zone; a value without one is returned unchanged.

    Since 0.1. Django: ``localtime`` and ``make_naive``.
    """
    zone = current_timezone()
    if value.tzinfo is None:
        if zone is None:
            return value
        value = value.replace(tzinfo=UTC)
    with suppress(OverflowError):  # it would be outside the years 1 to 9999
        value = value.astimezone(zone or UTC)
    return value.replace(tzinfo=None)


def stored(value: datetime, *, aware: bool) -> datetime:
    """Convert a datetime in local time, from a form or URL, to the value for a column.

    :param value: without a zone, in the users' zone. An hour that the clock repeats in
        autumn means the first of the two.
    :param aware: whether the column stores a zone.
    :returns: the same moment in UTC, with a zone if ``aware``. Without
        ``CBV_TIMEZONE`` the value is taken as UTC.
    :raises ValueError: for an hour that the clock skips in spring.
    :raises OverflowError: for a result outside the years 1 to 9999.

    Since 0.1. Django: ``make_aware`` and ``from_current_timezone``.
    """
    zone = current_timezone()
    if zone is None:
        return value.replace(tzinfo=UTC) if aware else value
    in_utc = value.replace(tzinfo=zone).astimezone(UTC)
    if in_utc.astimezone(zone).replace(tzinfo=None) != value:
        raise ValueError("the clock leaves this hour out")
    return in_utc if aware else in_utc.replace(tzinfo=None)

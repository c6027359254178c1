"""Which day and hour it is for the reader, whatever the database keeps.

Django: ``django.utils.timezone``. ``CBV_TIMEZONE`` names the zone (``Europe/Berlin``);
with it set, a stored value without a zone is UTC, and without it nothing is converted.
"""

from __future__ import annotations

from datetime import datetime
from datetime import tzinfo
from datetime import UTC
from zoneinfo import ZoneInfo
from zoneinfo import ZoneInfoNotFoundError

from flask import current_app

from .exceptions import ImproperlyConfigured


def current_timezone() -> tzinfo | None:
    """Return the zone named by ``CBV_TIMEZONE``, None without one.

    :raises ImproperlyConfigured: when there is no zone of that name.

    Since 0.1. Django: ``get_current_timezone``.
    """
    name = current_app.config.get("CBV_TIMEZONE") if current_app else None
    if name is None or isinstance(name, tzinfo):
        return name
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ImproperlyConfigured(
            f"CBV_TIMEZONE is {name!r}, which is no time zone known here. Cure: name"
            " one such as 'Europe/Berlin', or install the tzdata package."
        ) from error


def localtime(value: datetime) -> datetime:
    """Return a stored time as the reader's clock shows it, without a zone.

    Since 0.1. Django: ``localtime`` and ``make_naive``.
    """
    zone = current_timezone()
    if value.tzinfo is None:
        if zone is None:
            return value
        value = value.replace(tzinfo=UTC)
    return value.astimezone(zone or UTC).replace(tzinfo=None)


def stored(value: datetime, *, aware: bool) -> datetime:
    """Return a time on the reader's clock as a column keeps it.

    :param value: without a zone; of an hour that comes twice the first is meant.
    :param aware: whether the column keeps a zone.
    :raises ValueError: for an hour that the clock leaves out.
    :raises OverflowError: at the ends of the calendar.

    Since 0.1. Django: ``make_aware`` and ``from_current_timezone``.
    """
    zone = current_timezone()
    if zone is None:
        return value.replace(tzinfo=UTC) if aware else value
    meant = value.replace(tzinfo=zone).astimezone(UTC)
    if meant.astimezone(zone).replace(tzinfo=None) != value:
        raise ValueError("the clock leaves this hour out")
    return meant if aware else meant.replace(tzinfo=None)

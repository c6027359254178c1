"""The form fields that model forms are made of: WTForms' own, stricter.

Django: ``django.forms.fields``. WTForms takes 400 digits, ``1_000``, digits of any
script, NaN and NUL, which databases refuse at flush time or store wrongly; these fields
take one spelling of one value that the column can hold.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from collections.abc import Sequence
from datetime import date
from datetime import datetime
from datetime import time
from datetime import timedelta
from decimal import Decimal
from typing import Any

from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms import fields

from ..timezone import localtime
from ..timezone import stored
from ..translation import gettext
from .validators import is_storable

_INTEGER = re.compile(r"-?[0-9]{1,40}")
_NUMBER = re.compile(
    r"-?(?:[0-9]{1,400}(?:\.[0-9]{0,400})?|\.[0-9]{1,400})(?:[eE][+-]?[0-9]{1,3})?"
)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?")
_DURATION = re.compile(
    r"(?:(?P<days>-?[0-9]{1,6})(?: days?)?(?:,? |$))?"
    r"(?:(?P<sign>-?)(?P<hours>[0-9]{1,6}):(?P<minutes>[0-5]?[0-9])"
    r"(?::(?P<seconds>[0-5]?[0-9](?:\.[0-9]{1,6})?))?)?"
)
#: SQLite keeps an interval as a moment after 1970, which must be in the calendar.
_LONGEST = timedelta(days=700_000)


class OutOfRange(ValueError):
    """A value that is well written and does not fit; the text says why."""


class Parsed(fields.Field):
    """A field whose text is parsed strictly; the base of those below.

    What is posted as it was shown is left as it was: a form need not show every
    digit that the column holds.
    """

    #: What is said of a text that is no value.
    invalid: str = "Not a valid choice."

    def parse(self, text: str) -> Any:
        """Return the value of a text without white space around it.

        :raises ValueError: when there is none.
        """
        raise NotImplementedError

    def shown(self, value: Any) -> str:
        """Return a value as the text that is shown and can be posted."""
        return str(value)

    def process_data(self, value: Any) -> None:
        """Take the object's value as it is."""
        self.data = value

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Parse the first value posted; whether it may be empty is not said here."""
        if not valuelist:
            return
        text = valuelist[0]
        if self.object_data is not None and text == self.shown(self.object_data):
            return
        self.data = None
        if not isinstance(text, str):
            raise ValueError(self.gettext(self.invalid))
        try:
            self.data = self.parse(text.strip()) if text.strip() else None
        except OutOfRange:
            raise
        except (ValueError, ArithmeticError, RecursionError):
            raise ValueError(self.gettext(self.invalid)) from None

    def _value(self) -> str:
        if self.raw_data:
            first = self.raw_data[0]
            return first if isinstance(first, str) else ""
        return "" if self.data is None else self.shown(self.data)


class IntegerField(Parsed, fields.IntegerField):
    """A whole number in ASCII digits, within ``low`` and ``high``."""

    invalid = "Not a valid integer value."

    def __init__(self, *args: Any, low: int, high: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.low, self.high = low, high

    def parse(self, text: str) -> int:
        """Return the number, if the column can hold it."""
        if not _INTEGER.fullmatch(text):
            raise ValueError("not an integer")
        value = int(text)
        if not self.low <= value <= self.high:
            message = self.gettext("Number must be between %(min)s and %(max)s.")
            raise OutOfRange(message % {"min": self.low, "max": self.high})
        return value


class DecimalField(Parsed, fields.DecimalField):
    """A finite number with as many digits as the column keeps; none is rounded away.

    :param digits: how many in all, and :param places: how many behind the point.
    :param convert: what the column holds: ``Decimal`` or ``float``.

    Django: ``DecimalValidator``.
    """

    invalid = "Not a valid decimal value."

    def __init__(
        self,
        *args: Any,
        digits: int,
        scale: int | None,
        convert: Callable[[Decimal], Any] = Decimal,
        **kwargs: Any,
    ) -> None:
        kwargs["places"] = None  # WTForms would round to two
        super().__init__(*args, **kwargs)
        self.digits, self.scale, self.convert = digits, scale, convert

    def parse(self, text: str) -> Any:
        """Return the number, if the column can hold it."""
        if not _NUMBER.fullmatch(text):
            raise ValueError("not a number")
        value = Decimal(text)
        behind = max(0, -int(value.as_tuple().exponent))
        before = max(0, value.adjusted() + 1) if value else 0
        if self.scale is not None and behind > self.scale:
            message = "At most %(n)d digits behind the decimal point."
            raise OutOfRange(gettext(message, n=self.scale))
        whole = self.digits - (self.scale or 0)
        if before > whole or (self.scale is None and before + behind > self.digits):
            message = "At most %(n)d digits before the decimal point."
            raise OutOfRange(gettext(message, n=whole))
        return self.convert(value)

    def shown(self, value: Any) -> str:
        """Return the number without an exponent."""
        return format(value, "f") if isinstance(value, Decimal) else str(value)


class FloatField(Parsed, fields.FloatField):
    """A finite number, not beyond ``limit``."""

    invalid = "Not a valid float value."

    def __init__(self, *args: Any, limit: float, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.limit = limit

    def parse(self, text: str) -> float:
        """Return the number, if the column can hold it."""
        if not _NUMBER.fullmatch(text):
            raise ValueError("not a number")
        value = float(text)
        if not math.isfinite(value) or abs(value) > self.limit:
            raise ValueError("beyond the column's range")
        return value


class DateField(Parsed, fields.DateField):
    """A day: ``YYYY-MM-DD``, in ASCII digits."""

    invalid = "Not a valid date value."

    def parse(self, text: str) -> date:
        """Return the day."""
        if not _DATE.fullmatch(text):
            raise ValueError("not a date")
        return date.fromisoformat(text)

    def shown(self, value: Any) -> str:
        """Return the day with a year of four digits, which strftime does not give."""
        return str(value.isoformat()) if isinstance(value, date) else str(value)


class TimeField(Parsed, fields.TimeField):
    """A time of day: ``HH:MM``, with seconds where there are any."""

    invalid = "Not a valid time value."

    def parse(self, text: str) -> time:
        """Return the time."""
        if not _TIME.fullmatch(text):
            raise ValueError("not a time")
        return time.fromisoformat(text)

    def shown(self, value: Any) -> str:
        """Return the time as a browser's control wants it."""
        return str(value.isoformat(timespec="seconds" if value.second else "minutes"))


class DateTimeLocalField(Parsed, fields.DateTimeLocalField):
    """A moment on the reader's clock (``CBV_TIMEZONE``).

    :param aware: whether the column keeps a zone.
    """

    invalid = "Not a valid datetime value."

    def __init__(self, *args: Any, aware: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.aware = aware

    def parse(self, text: str) -> datetime:
        """Return the moment as the column keeps it."""
        day, clock = text[:10], text[11:]
        if not (_DATE.fullmatch(day) and _TIME.fullmatch(clock) and text[10] in "T "):
            raise ValueError("not a moment")
        return stored(datetime.fromisoformat(text), aware=self.aware)

    def shown(self, value: Any) -> str:
        """Return the moment as a browser's control wants it."""
        local = localtime(value)
        return local.isoformat(timespec="seconds" if local.second else "minutes")


class DurationField(Parsed, fields.StringField):
    """A span of time: ``HH:MM:SS``, days before it. Django: ``DurationField``."""

    invalid = "Enter a duration, such as 1 12:30:00."

    def parse(self, text: str) -> timedelta:
        """Return the span."""
        found = _DURATION.fullmatch(text)
        if not found or not any(found.groupdict().values()):
            raise ValueError("no duration")
        parts = {
            name: float(found[name] or 0)
            for name in ("days", "hours", "minutes", "seconds")
        }
        days = timedelta(days=parts.pop("days"))
        value = days + timedelta(**parts) * (-1 if found["sign"] else 1)
        if abs(value) > _LONGEST:
            raise ValueError("longer than any calendar")
        return value


class JSONField(Parsed, fields.TextAreaField):
    """A JSON document (RFC 8259) that every database can store."""

    invalid = "Enter valid JSON."

    def parse(self, text: str) -> Any:
        """Return what the document says."""
        value = json.loads(text)
        _check_document(value)
        return value

    def shown(self, value: Any) -> str:
        """Return the document, indented."""
        return json.dumps(value, ensure_ascii=False, indent=2, default=str)


def _check_document(value: Any) -> None:
    """Refuse NaN and infinity, which are no JSON, and texts that cannot be stored."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("not a finite number")
    if isinstance(value, str) and not is_storable(value):
        raise ValueError("a text that cannot be stored")
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list):
        for item in value:
            _check_document(item)


class ConvertedField(Parsed, fields.StringField):
    """A text that ``convert`` makes a value of: a UUID, a network address."""

    invalid = "Not a valid value."

    def __init__(self, *args: Any, convert: Callable[[str], Any], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.convert = convert

    def parse(self, text: str) -> Any:
        """Return what the converter makes of the text."""
        return self.convert(text)


class ArrayField(Parsed, fields.TextAreaField):
    """A list of values, one a line. Django: ``SimpleArrayField``.

    :param convert: what makes a value of a line.
    """

    invalid = "Enter one valid value a line."

    def __init__(self, *args: Any, convert: Callable[[str], Any], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.convert = convert

    def parse(self, text: str) -> list[Any]:
        """Return the values of the lines that are not empty."""
        lines = [line.strip() for line in text.splitlines()]
        return [self.convert(line) for line in lines if line]

    def shown(self, value: Any) -> str:
        """Return one value a line."""
        return "\n".join(str(item) for item in value)


class UploadField(FileField):  # type: ignore[misc]
    """A file whose bytes the column keeps; without one, the bytes stay as they are."""

    def populate_obj(self, obj: Any, name: str) -> None:
        """Store the bytes of the file, if one was sent."""
        if isinstance(self.data, FileStorage):
            self.data.stream.seek(0)
            setattr(obj, name, self.data.stream.read())


class CarriedField(fields.HiddenField):
    """A hidden text that comes back as it was sent: the key or version of a row.

    It sets nothing, whatever is posted in it.
    """

    def populate_obj(self, obj: Any, name: str) -> None:
        """Leave the object's attribute alone."""

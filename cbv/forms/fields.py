"""The form fields for columns of each type: WTForms' fields with stricter parsing.

Django: ``django.forms.fields``. WTForms accepts 400 digits, ``1_000``, digits of any
script, NaN and NUL, which databases refuse when the session is flushed, or store
wrongly. These fields accept ASCII digits only, and only values that the column can
hold.
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

from ..db.values import duration
from ..timezone import localtime
from ..timezone import stored
from ..translation import gettext
from .validators import is_storable

_INTEGER = r"-?[0-9]{1,40}"
_NUMBER = (
    r"-?(?:[0-9]{1,400}(?:\.[0-9]{0,400})?|\.[0-9]{1,400})(?:[eE][+-]?[0-9]{1,3})?"
)
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?"
#: The greatest number of lists and objects inside each other in a JSON document.
_LEVELS_AT_MOST = 100


class OutOfRange(ValueError):
    """The error for a well-formed value that the column cannot hold.

    Its text is shown at the field, where other errors are shown as ``invalid``.
    """


class Parsed(fields.Field):
    """The base class of fields that parse the posted text strictly.

    A subclass defines :meth:`parse` and perhaps :meth:`shown`. A text that comes back
    exactly as the form showed it leaves the value unchanged, because the form may show
    fewer digits than the column holds.
    """

    #: The error message for a text that cannot be parsed.
    invalid: str = "Not a valid choice."

    def parse(self, text: str) -> Any:
        """Return the Python value that a posted text stands for.

        :param text: not empty, without white space at its ends.
        :raises ValueError: when the text stands for no value.
        :raises OutOfRange: when the column cannot hold the value.
        """
        raise NotImplementedError

    def shown(self, value: Any) -> str:
        """Return the text that the form shows for a value, and can parse again."""
        return str(value)

    def process_data(self, value: Any) -> None:
        """Start with the value of the form's object, unchanged."""
        self.data = value

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Parse the first posted value; an empty text gives None.

        The validators decide whether the field may be empty.

        :raises ValueError: with the error message, for a text that cannot be parsed.
        """
        if not valuelist:
            return
        text = valuelist[0]
        if self.object_data is not None and text == self.shown(self.object_data):
            return
        self.data = None
        if not isinstance(text, str):
            raise ValueError(self._refusal())
        try:
            self.data = self.parse(text.strip()) if text.strip() else None
        except OutOfRange:
            raise
        except (ValueError, ArithmeticError, RecursionError):
            raise ValueError(self._refusal()) from None

    def _refusal(self) -> str:
        """Return the error for a text that cannot be parsed."""
        own: Any = self.invalid_value_message  # type: ignore[attr-defined]
        return self.gettext(self.invalid) if own is None else str(own)

    def _value(self) -> str:
        if self.raw_data:
            first = self.raw_data[0]
            return first if isinstance(first, str) else ""
        return "" if self.data is None else self.shown(self.data)


class IntegerField(Parsed, fields.IntegerField):
    """A field for a whole number from ``low`` to ``high``, in ASCII digits.

    Django: ``IntegerField``.
    """

    invalid = "Not a valid integer value."

    def __init__(self, *args: Any, low: int, high: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.low, self.high = low, high

    def parse(self, text: str) -> int:
        """Return the number, if the column can hold it."""
        if not re.fullmatch(_INTEGER, text):
            raise ValueError("not an integer")
        value = int(text)
        if not self.low <= value <= self.high:
            message = self.gettext("Number must be between %(min)s and %(max)s.")
            raise OutOfRange(message % {"min": self.low, "max": self.high})
        return value


class DecimalField(Parsed, fields.DecimalField):
    """A field for a decimal number that the column can hold without rounding it.

    :param digits: the greatest number of digits in all.
    :param scale: the greatest number of digits behind the decimal point, None where
        only ``digits`` limits it.
    :param convert: the Python type of the column's values, ``Decimal`` or ``float``.

    Django: ``DecimalField`` and ``DecimalValidator``.
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
        if not re.fullmatch(_NUMBER, text):
            raise ValueError("not a number")
        value = Decimal(text)
        behind = max(0, -int(value.as_tuple().exponent))
        before = max(0, value.adjusted() + 1) if value else 0
        if self.scale is not None and behind > self.scale:
            message = "At most %(n)d digits behind the decimal point."
            raise OutOfRange(gettext(message, n=self.scale))
        limit = self.digits - (self.scale or 0)
        if before > limit or (self.scale is None and before + behind > self.digits):
            message = "At most %(n)d digits before the decimal point."
            raise OutOfRange(gettext(message, n=limit))
        return self.convert(value)

    def shown(self, value: Any) -> str:
        """Return the number without an exponent."""
        return format(value, "f") if isinstance(value, Decimal) else str(value)


class FloatField(Parsed, fields.FloatField):
    """A field for a finite number from ``-limit`` to ``limit``. Django: ``FloatField``.

    :param limit: the greatest number that the column can hold.
    """

    invalid = "Not a valid float value."

    def __init__(self, *args: Any, limit: float, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.limit = limit

    def parse(self, text: str) -> float:
        """Return the number, if the column can hold it."""
        if not re.fullmatch(_NUMBER, text):
            raise ValueError("not a number")
        value = float(text)
        if not math.isfinite(value) or abs(value) > self.limit:
            raise ValueError("beyond the column's range")
        return value


class DateField(Parsed, fields.DateField):
    """A field for a date, written ``YYYY-MM-DD``. Django: ``DateField``."""

    invalid = "Not a valid date value."

    def parse(self, text: str) -> date:
        """Return the date."""
        if not re.fullmatch(_DATE, text):
            raise ValueError("not a date")
        return date.fromisoformat(text)

    def shown(self, value: Any) -> str:
        """Return the date with a four-digit year, which ``strftime`` does not give."""
        return str(value.isoformat()) if isinstance(value, date) else str(value)


class TimeField(Parsed, fields.TimeField):
    """A field for a time of day, ``HH:MM`` or ``HH:MM:SS``. Django: ``TimeField``."""

    invalid = "Not a valid time value."

    def parse(self, text: str) -> time:
        """Return the time."""
        if not re.fullmatch(_TIME, text):
            raise ValueError("not a time")
        return time.fromisoformat(text)

    def shown(self, value: Any) -> str:
        """Return the time as ``<input type="time">`` expects it."""
        if not isinstance(value, time):
            return str(value)
        return value.isoformat(timespec="seconds" if value.second else "minutes")


class DateTimeLocalField(Parsed, fields.DateTimeLocalField):
    """A field for a date and time in the user's time zone (``CBV_TIMEZONE``).

    :param aware: whether the column stores datetimes with a time zone.

    Django: ``DateTimeField``.
    """

    invalid = "Not a valid datetime value."

    def __init__(self, *args: Any, aware: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.aware = aware

    def parse(self, text: str) -> datetime:
        """Return the datetime, converted to the time zone that the column stores."""
        day, clock = text[:10], text[11:]
        if not (
            re.fullmatch(_DATE, day) and re.fullmatch(_TIME, clock) and text[10] in "T "
        ):
            raise ValueError("not a moment")
        return stored(datetime.fromisoformat(text), aware=self.aware)

    def shown(self, value: Any) -> str:
        """Return the datetime as ``<input type="datetime-local">`` expects it."""
        if not isinstance(value, datetime):
            return str(value)
        local = localtime(value)
        return local.isoformat(timespec="seconds" if local.second else "minutes")


class DurationField(Parsed, fields.StringField):
    """A field for a duration, written ``HH:MM:SS`` or ``DAYS HH:MM:SS``.

    Django: ``DurationField``.
    """

    invalid = "Enter a duration, such as 1 12:30:00."

    def parse(self, text: str) -> timedelta:
        """Return the duration."""
        return duration(text)


class JSONField(Parsed, fields.TextAreaField):
    """A field for a JSON document (RFC 8259). Django: ``JSONField``.

    Documents that some database cannot store are refused, and those with more than 100
    levels of lists and objects: Python can read some deeper ones and not write them.
    """

    invalid = "Enter valid JSON."

    def parse(self, text: str) -> Any:
        """Return the document as Python objects."""
        value = json.loads(text)
        _check_document(value)
        return value

    def shown(self, value: Any) -> str:
        """Return the document, indented."""
        return json.dumps(value, ensure_ascii=False, indent=2, default=str)


def _check_document(value: Any, levels: int = _LEVELS_AT_MOST) -> None:
    """Refuse NaN and infinity, which JSON does not have, and texts with NUL.

    :param levels: how many more levels of lists and objects there may be.
    :raises ValueError: for a document that holds one of these, or half of a surrogate
        pair.
    :raises OutOfRange: for one with more levels.
    """
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("not a finite number")
    if isinstance(value, str) and not is_storable(value):
        raise ValueError("a text that cannot be stored")
    if isinstance(value, (list, dict)) and not levels:
        message = "At most %(n)d levels of lists and objects."
        raise OutOfRange(gettext(message, n=_LEVELS_AT_MOST))
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list):
        for item in value:
            _check_document(item, levels - 1)


class HstoreField(JSONField):
    """A field for texts by name, written as a JSON object. Django: ``HStoreField``."""

    def parse(self, text: str) -> dict[str, str | None]:
        """Return the texts by name; null stands for no text."""
        value = super().parse(text)
        if not isinstance(value, dict):
            raise ValueError("no object")
        if not all(isinstance(item, str | None) for item in value.values()):
            raise ValueError("not only texts")
        return value


class ConvertedField(Parsed, fields.StringField):
    """A text field whose value a function converts, such as a UUID.

    :param convert: takes the text and returns the value; raises ValueError for a text
        that stands for none.
    :param show: takes a value and returns the text for it.
    """

    invalid = "Not a valid value."

    def __init__(
        self,
        *args: Any,
        convert: Callable[[str], Any],
        show: Callable[[Any], str] = str,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.convert, self.show = convert, show

    def parse(self, text: str) -> Any:
        """Return the text's value, as ``convert`` returns it."""
        return self.convert(text)

    def shown(self, value: Any) -> str:
        """Return the text of a value, as ``show`` returns it."""
        return self.show(value)


class ArrayField(Parsed, fields.TextAreaField):
    """A field for a list of values, one on each line. Django: ``SimpleArrayField``.

    :param convert: takes the text of a line and returns the value; raises ValueError
        for a text that stands for none.
    :param show: takes a value and returns the text of its line.
    """

    invalid = "Enter one valid value a line."

    def __init__(
        self,
        *args: Any,
        convert: Callable[[str], Any],
        show: Callable[[Any], str] = str,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.convert, self.show = convert, show

    def parse(self, text: str) -> list[Any]:
        """Return the values, one for each line that is not empty."""
        lines = [line.strip() for line in text.splitlines()]
        return [self.convert(line) for line in lines if line]

    def shown(self, value: Any) -> str:
        """Return the values, one on each line."""
        return "\n".join(map(self.show, value))


class UploadField(FileField):  # type: ignore[misc]
    """A file field whose bytes are stored in the column.

    A request without a file leaves the stored bytes unchanged. Django: ``FileField``.
    """

    def populate_obj(self, obj: Any, name: str) -> None:
        """Set the object's attribute to the bytes of the file, if one was sent."""
        if isinstance(self.data, FileStorage):
            self.data.stream.seek(0)
            setattr(obj, name, self.data.stream.read())


class CarriedField(fields.HiddenField):
    """A hidden field that carries the key or version of a row through the browser.

    It never sets an attribute of the object, whatever text is posted in it.
    """

    def populate_obj(self, obj: Any, name: str) -> None:
        """Leave the object's attribute unchanged."""

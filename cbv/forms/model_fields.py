"""The registry that says which form field edits a column of which type.

Django: ``Field.formfield()``. The type of a column is looked up class by class along
its method resolution order (MRO), then the type inside a TypeDecorator.
:func:`register_field` adds a type or replaces one.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy import ARRAY
from sqlalchemy import Boolean
from sqlalchemy import Column
from sqlalchemy import Date
from sqlalchemy import DateTime
from sqlalchemy import Enum
from sqlalchemy import Float
from sqlalchemy import Integer
from sqlalchemy import Interval
from sqlalchemy import JSON
from sqlalchemy import LargeBinary
from sqlalchemy import Numeric
from sqlalchemy import PickleType
from sqlalchemy import REAL
from sqlalchemy import String
from sqlalchemy import Text
from sqlalchemy import Time
from sqlalchemy import TypeDecorator
from sqlalchemy import Uuid
from sqlalchemy.types import TypeEngine
from wtforms.fields import BooleanField
from wtforms.fields import SelectField
from wtforms.fields import StringField
from wtforms.fields import TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import Length
from wtforms.validators import Optional

from ..db.columns import coerce
from ..db.columns import enum_members
from ..db.columns import integer_range
from ..db.columns import plain_type
from ..translation import gettext
from .choices import BLANK
from .choices import OptionsSelect
from .fields import ArrayField
from .fields import ConvertedField
from .fields import DateField
from .fields import DateTimeLocalField
from .fields import DecimalField
from .fields import DurationField
from .fields import FloatField
from .fields import IntegerField
from .fields import JSONField
from .fields import TimeField
from .fields import UploadField
from .validators import MaximumSize
from .validators import none_if_empty
from .validators import Required
from .validators import RequiredOnceSaved
from .validators import Storable
from .validators import stripped
from .validators import UploadRequired

#: A function that returns the form field for a column; it takes the column and the
#: keywords of :func:`common`.
Builder = Callable[..., Any]

_MAC = re.compile(r"[0-9a-fA-F]{2}(?:([:-])[0-9a-fA-F]{2})(?:\1[0-9a-fA-F]{2}){4,6}")
_SINGLE_PRECISION = 3.4028234e38
_DOUBLE_PRECISION = 1.7976931348623157e308
#: The most digits of a NUMERIC without a precision: more than any database must keep
#: exactly.
_DIGITS = 100


def register_field(type_: type[TypeEngine[Any]], builder: Builder | None) -> None:
    """Register the form field that edits the columns of a type and its subclasses.

    ``register_field(Money, lambda column, **kwargs: MoneyField(**kwargs))``

    :param type_: a column type, SQLAlchemy's or your own.
    :param builder: a function that is called with the column and the keywords of a
        WTForms field (``label, description, validators, default``, and perhaps
        ``widget``), and returns a field. None: model forms refuse such a column.

    Since 0.1. Django: ``Field.formfield`` and ``formfield_callback``.
    """
    _BUILDERS[type_] = builder


def builder_of(type_: TypeEngine[Any]) -> Builder | None:
    """Return the function that makes the form field for a column of this type.

    :returns: None where no field is registered for the type.
    """
    while True:
        for klass in type(type_).__mro__:
            if klass in _BUILDERS:
                return _BUILDERS[klass]
            if vars(klass).get("__visit_name__") in _BY_NAME:
                return _BY_NAME[vars(klass)["__visit_name__"]]
        if isinstance(type_, TypeDecorator):
            type_ = type_.impl_instance
        else:
            domain = getattr(type_, "data_type", None)  # PostgreSQL's DOMAIN has one
            if domain is None:
                return None
            type_ = domain


# --- the keywords that all fields take -----------------------------------------------


def common(column: Column[Any], name: str) -> dict[str, Any]:
    """Return the keywords for the form field of a column, whatever its type.

    :param name: the mapped attribute.
    :returns: ``label``, ``description``, ``default`` and ``validators``.
    """
    return {
        "label": column.info.get("label") or label_of(name),
        "description": column.info.get("help_text") or column.doc or "",
        "default": initial_of(column),
        "validators": [presence(column)],
    }


def label_of(name: str) -> str:
    """Return the label for an attribute: ``Date posted`` for ``date_posted``.

    Django: ``Field.verbose_name`` with ``capfirst``.
    """
    text = name.removesuffix("_id") or name
    text = text.replace("_", " ").strip()
    return text[:1].upper() + text[1:]


def presence(column: Column[Any]) -> Any:
    """Return the validator that decides whether the field of a column may be empty."""
    if column.nullable:
        return Optional()
    if has_default(column):
        return RequiredOnceSaved()
    return Required()


def has_default(column: Column[Any]) -> bool:
    """Tell whether a column gets a value when an INSERT leaves it out."""
    return column.default is not None or column.server_default is not None


def initial_of(column: Column[Any]) -> Any:
    """Return the value that an empty form shows for a column: its Python default.

    :returns: a value, a function that returns one, or None.

    Django: ``Field.get_default``.
    """
    default: Any = column.default
    if default is None:
        return None
    if default.is_scalar:
        return default.arg
    return partial(_called, default) if default.is_callable else None


def _called(default: Any) -> Any:
    """Return the value of a column default that is a function."""
    try:
        return default.arg(None)
    except (AttributeError, TypeError):  # it wants the context of an INSERT
        return None


# --- one builder for each column type ------------------------------------------------


def _text(column: Any, **kwargs: Any) -> Any:
    length = plain_type(column.type).length  # type: ignore[attr-defined]
    kwargs["validators"] += [Storable(), *([Length(max=length)] if length else [])]
    may_be_empty = column.nullable or has_default(column)
    kwargs["filters"] = [stripped, *([none_if_empty] if may_be_empty else [])]
    is_long = isinstance(plain_type(column.type), Text) or (length or 0) > 255
    return (TextAreaField if is_long else StringField)(**kwargs)


def _integer(column: Any, **kwargs: Any) -> Any:
    low, high = integer_range(plain_type(column.type))
    return IntegerField(low=low, high=high, **kwargs)


def _numeric(column: Any, **kwargs: Any) -> Any:
    type_: Any = plain_type(column.type)
    digits = type_.precision or _DIGITS
    convert = Decimal if type_.asdecimal else float
    scale = type_.scale if type_.scale is not None or not type_.precision else 0
    return DecimalField(digits=digits, scale=scale, convert=convert, **kwargs)


def _float(column: Any, **kwargs: Any) -> Any:
    type_: Any = plain_type(column.type)
    single = isinstance(type_, REAL) or 0 < (type_.precision or 0) <= 24
    limit = _SINGLE_PRECISION if single else _DOUBLE_PRECISION
    if type_.asdecimal:
        return DecimalField(digits=_DIGITS, scale=None, **kwargs)
    return FloatField(limit=limit, **kwargs)


def _boolean(column: Any, **kwargs: Any) -> Any:
    if not column.nullable:
        kwargs["validators"] = []  # an unticked box is an answer
        return BooleanField(**kwargs)
    choices = [
        SelectChoice("", gettext("Unknown")),
        SelectChoice("true", gettext("Yes")),
        SelectChoice("false", gettext("No")),
    ]
    return _select(column, choices, kwargs)


def _enum(column: Any, **kwargs: Any) -> Any:
    members = enum_members(plain_type(column.type))
    choices = [
        SelectChoice(text, _label_of_member(member)) for text, member in members.items()
    ]
    return plain_choices(column, choices, **kwargs)


def _label_of_member(member: Any) -> str:
    """Return the label of an enum member: its ``label``, its text, or its name."""
    label = getattr(member, "label", None)
    if isinstance(label, str):
        return label
    if isinstance(member, str):
        return str(getattr(member, "value", member))
    return label_of(member.name.lower())


def plain_choices(column: Any, choices: Any, **kwargs: Any) -> Any:
    """Return a select field for a column, with the empty option first.

    A column with a default that must not be NULL has no empty option.

    :param choices: values, or pairs of value and label, or a dict of them; or a
        callable that returns one of these.

    Django: ``TypedChoiceField``.
    """
    empty = [] if has_default(column) and not column.nullable else [BLANK]
    if callable(choices):
        return _select(column, lambda: empty + _as_choices(choices()), kwargs)
    return _select(column, empty + _as_choices(choices), kwargs)


def _as_choices(choices: Any) -> list[Any]:
    pairs = choices.items() if isinstance(choices, dict) else choices
    return [SelectChoice.from_input(choice) for choice in pairs]


def _select(column: Any, choices: Any, kwargs: dict[str, Any]) -> Any:
    """Return a select field whose value has the column's Python type."""

    def convert(value: Any) -> Any:
        return None if value is None or value == "" else coerce(column, value)

    return SelectField(
        coerce=convert, choices=choices, widget=OptionsSelect(), **kwargs
    )


def _datetime(column: Any, **kwargs: Any) -> Any:
    aware = bool(plain_type(column.type).timezone)  # type: ignore[attr-defined]
    return DateTimeLocalField(aware=aware, **kwargs)


def _plain(field_class: Any, column: Any, **kwargs: Any) -> Any:
    """Return a field of a class that needs nothing from the column's type."""
    return field_class(**kwargs)


def _upload(column: Any, **kwargs: Any) -> Any:
    del kwargs["default"]
    kwargs["validators"] = (
        [] if column.nullable or has_default(column) else [UploadRequired()]
    )
    if column.type.length:
        kwargs["validators"].append(MaximumSize(column.type.length))
    return UploadField(**kwargs)


def _uuid(column: Any, **kwargs: Any) -> Any:
    return ConvertedField(convert=partial(coerce, column), **kwargs)


def _array(column: Any, **kwargs: Any) -> Any:
    type_: Any = plain_type(column.type)
    if (type_.dimensions or 1) > 1 or builder_of(type_.item_type) is None:
        return None
    item: Column[Any] = Column("item", type_.item_type)
    return ArrayField(convert=partial(coerce, item), **kwargs)


def _converted(convert: Callable[[str], Any], column: Any, **kwargs: Any) -> Any:
    return ConvertedField(convert=convert, **kwargs)


def _address(text: str) -> str:
    parse = ipaddress.ip_interface if "/" in text else ipaddress.ip_address
    return str(parse(text))


def _network(text: str) -> str:
    return str(ipaddress.ip_network(text))


def _mac(text: str) -> str:
    if not _MAC.fullmatch(text):
        raise ValueError("no hardware address")
    return text


_BUILDERS: dict[type, Builder | None] = {
    String: _text,
    Integer: _integer,
    Numeric: _numeric,
    Float: _float,
    Boolean: _boolean,
    Enum: _enum,
    Date: partial(_plain, DateField),
    Time: partial(_plain, TimeField),
    DateTime: _datetime,
    Interval: partial(_plain, DurationField),
    JSON: partial(_plain, JSONField),
    LargeBinary: _upload,
    Uuid: _uuid,
    ARRAY: _array,
    PickleType: None,
}
#: The builders for PostgreSQL's own types, by ``__visit_name__``: to import the classes
#: would make the start of every application slower.
_BY_NAME: dict[str, Builder] = {
    "INET": partial(_converted, _address),
    "CIDR": partial(_converted, _network),
    "MACADDR": partial(_converted, _mac),
    "MACADDR8": partial(_converted, _mac),
    "INTERVAL": partial(_plain, DurationField),
}

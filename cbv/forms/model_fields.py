"""The registry that says which form field edits a column of which type.

Django: ``Field.formfield()``. The type of a column is looked up class by class along
its method resolution order (MRO), then the type inside a TypeDecorator.
:func:`register_field` adds a type or replaces one.
"""

from __future__ import annotations

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
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.meta import DefaultMeta
from wtforms.validators import Length
from wtforms.validators import Optional

from ..db.column_types import is_decorated
from ..db.columns import coerce
from ..db.columns import enum_members
from ..db.columns import integer_range
from ..db.columns import plain_type
from ..db.ranges import range_of
from ..db.ranges import RANGES
from ..translation import gettext
from .column_choices import ColumnSelect
from .column_choices import ColumnSelectMultiple
from .column_choices import text_of
from .fields import ArrayField
from .fields import ConvertedField
from .fields import DateField
from .fields import DateTimeLocalField
from .fields import DecimalField
from .fields import DurationField
from .fields import FloatField
from .fields import HstoreField
from .fields import IntegerField
from .fields import JSONField
from .fields import TimeField
from .fields import UploadField
from .sqlalchemy_utils import BUILDERS
from .text_fields import LongTextField
from .text_fields import TextField
from .validators import MaximumSize
from .validators import Required
from .validators import RequiredOnceSaved
from .validators import Storable
from .validators import UploadRequired

#: A function that returns the form field for a column; it takes the column and the
#: keywords of :func:`common`.
Builder = Callable[..., Any]

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
            if klass is TypeDecorator:
                break
            if klass in _BUILDERS:
                return _BUILDERS[klass]
            package = klass.__module__.partition(".")[0]
            if package == "sqlalchemy_utils" and klass.__name__ in BUILDERS:
                return BUILDERS[klass.__name__]
            if vars(klass).get("__visit_name__") in _BY_NAME:
                return _BY_NAME[vars(klass)["__visit_name__"]]
        beneath = _beneath(type_)
        if beneath is None:
            return None
        type_ = beneath


def _beneath(type_: Any) -> TypeEngine[Any] | None:
    """Return the type to look up next for one without a field of its own.

    It is the type with the same values; for objects of a decorator's own, the decorator
    inside, which may have a field.
    """
    plain = plain_type(type_)
    if plain is not type_:
        return plain
    inner = getattr(type_, "impl_instance", None)
    return inner if is_decorated(inner) else None


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
    kwargs["empty"] = None if column.nullable or has_default(column) else ""
    if _is_empty_by_default(column):
        kwargs["empty"], kwargs["validators"][0] = "", Optional()
    is_long = isinstance(plain_type(column.type), Text) or (length or 0) > 255
    return (LongTextField if is_long else TextField)(**kwargs)


def _is_empty_by_default(column: Any) -> bool:
    """Tell whether a text that must not be NULL is ``""`` unless something is typed."""
    in_sql = getattr(column.server_default, "arg", None)
    is_empty = initial_of(column) == "" or str(in_sql) in ("", "''")
    return is_empty and not column.nullable


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
    unknown = SelectChoice(None, gettext("Unknown"))
    return plain_choices(column, [unknown, True, False], **kwargs)


def _enum(column: Any, **kwargs: Any) -> Any:
    members = enum_members(plain_type(column.type))
    return plain_choices(column, list(members.values()), **kwargs)


def plain_choices(column: Any, choices: Any, **kwargs: Any) -> Any:
    """Return a select field for a column, with the empty option first.

    A column with a default that must not be NULL has an empty option for a new row
    only, which gets the default then. The field of an array column chooses any number
    of its items.

    :param choices: values, or pairs of value and label, or a dict of them, perhaps in
        groups; an enum class; or a callable that returns one of these.
    :raises ImproperlyConfigured: for a value that the column cannot hold.

    Django: ``TypedChoiceField``.
    """
    if isinstance(choices, type):  # an enum class
        choices = list(iter(choices))  # type: ignore[call-overload]
    type_: Any = plain_type(column.type)
    is_array = isinstance(type_, ARRAY)
    kind = ColumnSelectMultiple if is_array else ColumnSelect
    kwargs["column"] = Column(column.name, type_.item_type) if is_array else column
    kwargs["blank"] = not is_array and (column.nullable or not has_default(column))
    field = kind(choices=choices, **kwargs)
    if not callable(choices):
        unbound: Any = field
        unbound.bind(form=None, name=column.name, _meta=DefaultMeta()).offered()
    return field


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


def _coerced(column: Any, **kwargs: Any) -> Any:
    return ConvertedField(convert=partial(coerce, column), **kwargs)


def _ranges(column: Any, **kwargs: Any) -> Any:
    convert = partial(range_of, column.type)
    return ArrayField(convert=convert, **kwargs)


def _array(column: Any, **kwargs: Any) -> Any:
    type_: Any = plain_type(column.type)
    if (type_.dimensions or 1) > 1 or builder_of(type_.item_type) is None:
        return None
    item: Column[Any] = Column("item", type_.item_type)
    show = partial(text_of, item)
    return ArrayField(convert=partial(coerce, item), show=show, **kwargs)


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
    Uuid: _coerced,
    ARRAY: _array,
    PickleType: None,
}
#: The builders for PostgreSQL's own types, by ``__visit_name__``: to import the classes
#: would make the start of every application slower.
_BY_NAME: dict[str, Builder] = {
    **dict.fromkeys(("INET", "CIDR", "MACADDR", "MACADDR8"), _coerced),
    "INTERVAL": partial(_plain, DurationField),
    "HSTORE": partial(_plain, HstoreField),
    **dict.fromkeys(RANGES, _coerced),
    **dict.fromkeys((n.replace("RANGE", "MULTIRANGE") for n in RANGES), _ranges),
}

"""Have the type of a column decide about what its form field was given.

A value passes the type's own processing, both ways, while the form is validated: what
the database driver or a TypeDecorator would refuse later is an error of the field.

Django: ``Field.clean``, which calls ``to_python`` and ``run_validators``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Column
from werkzeug.datastructures import FileStorage
from wtforms.validators import ValidationError

from ..db.column_types import checked
from ..db.column_types import has_own_objects
from ..db.column_types import is_decorated
from ..db.column_types import is_plain
from ..db.column_types import plain_type
from ..exceptions import ImproperlyConfigured


class FitsType:
    """A validator that refuses what the type of a column cannot store and read back."""

    def __init__(self, column: Column[Any]) -> None:
        self.column = column

    def __call__(self, form: Any, field: Any) -> None:
        """Refuse the value, unless it is the one that the form's object has.

        An object that the type makes of a text replaces it.

        :raises wtforms.validators.ValidationError: whatever the type raises.
        """
        if field.errors or field.data is None or field.data is field.object_data:
            return
        if isinstance(field.data, FileStorage):  # read once, to fill the object
            return
        try:
            field.data = checked(self.column, field.data)
        except ValueError:
            own = getattr(field, "invalid_value_message", None)
            text = field.gettext("Not a valid value.") if own is None else str(own)
            raise ValidationError(text) from None


def with_type_check(field: Any, column: Column[Any]) -> Any:
    """Have a field that was made for a column ask the column's type, and return it.

    :param field: WTForms' unbound field.
    """
    validators = field.kwargs.get("validators") or []
    field.kwargs["validators"] = [*validators, FitsType(column)]
    return field


def refusing_objects(field: Any, model: Any, name: str, column: Column[Any]) -> Any:
    """Have a field refuse to show objects that nobody has said how to write as text.

    It is for a decorator whose values could not be told when the form was made.
    """
    if is_decorated(column.type) and not has_own_objects(column.type):
        filters = field.kwargs.get("filters") or ()
        field.kwargs["filters"] = [*filters, _plain_only(model, name, column)]
    return field


def _plain_only(model: Any, name: str, column: Column[Any]) -> Callable[[Any], Any]:
    enum_class = getattr(plain_type(column.type), "enum_class", None)

    def filter_(value: Any) -> Any:
        if is_plain(value) or isinstance(value, (FileStorage, enum_class or ())):
            return value
        raise no_field_known(model, name, column)

    return filter_


def no_field_known(model: Any, name: str, column: Column[Any]) -> ImproperlyConfigured:
    """Return the error for a column whose type no form field is known for."""
    type_name = type(column.type).__name__
    has_objects = has_own_objects(column.type)
    own = ", which has objects of its own as values" if has_objects else ""
    return ImproperlyConfigured(
        f"No form field is known for {model.__name__}.{name} of type {type_name}{own}."
        " Cure: leave it out of fields, or name a field class in field_classes, or call"
        f" register_field({type_name}, ...)."
    )

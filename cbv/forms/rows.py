"""One form among several: whether anything was typed into it, and what its row is.

Django: ``has_changed``, ``changed_data`` and ``empty_permitted`` of its forms.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from wtforms import Form as WTForm
from wtforms.fields import BooleanField
from wtforms.fields import FileField
from wtforms.validators import Optional

from .choices import KeyField
from .fields import CarriedField
from .fields import IntegerField

DELETION_FIELD_NAME = "DELETE"
ORDERING_FIELD_NAME = "ORDER"

_EMPTY: tuple[Any, ...] = (None, "", [], (), {})
_GREATEST_ORDER = 2**31 - 1


class FormRow:
    """What a form in a formset knows beside its own fields.

    Since 0.1. Django: parts of ``BaseForm``.
    """

    #: Whether it was submitted.
    is_bound: bool = False
    #: Whether it may be left as it was shown, and is then no row.
    empty_permitted: bool = False

    @cached_property
    def changed_data(self: Any) -> list[str]:
        """The names of the fields whose value is not the one that was shown."""
        return [name for name, f in self._fields.items() if _is_changed(self, f)]

    def has_changed(self) -> bool:
        """Tell whether any field's value is not the one that was shown."""
        return bool(self.changed_data)

    @property
    def is_left_empty(self) -> bool:
        """Whether this is an empty row that may stay so."""
        return self.empty_permitted and not self.has_changed()

    def validate(self, extra_validators: Any = None) -> bool:
        """Tell whether all fields are valid; a row that may be left empty is."""
        if self.is_left_empty:
            return True
        return super().validate(extra_validators)  # type: ignore[misc,no-any-return]

    def is_valid(self: Any) -> bool:
        """Tell whether it was submitted, and its formset found no error in it."""
        return self.is_bound and not self.errors

    @property
    def cleaned_data(self: Any) -> dict[str, Any]:
        """The values of the fields without errors; empty for a row left empty."""
        if self.is_left_empty:
            return {}
        return {
            name: f.row if isinstance(f, RowKeyField) else f.data
            for name, f in self._fields.items()
            if not f.errors
        }

    def is_marked(self: Any) -> bool:
        """Tell whether the row was ticked to be deleted."""
        return DELETION_FIELD_NAME in self and bool(self[DELETION_FIELD_NAME].data)


class RowKeyField(CarriedField):
    """Names the row of the table that a form edits.

    Django: the hidden ``ModelChoiceField`` of a model formset.
    """

    #: The object that it names.
    row: Any = None


def row_class(form: type[WTForm], can_order: bool, can_delete: bool) -> Any:
    """Return a form class for the rows of a formset, with the fields they need."""
    fields: dict[str, Any] = {}
    if can_order:
        fields[ORDERING_FIELD_NAME] = IntegerField(
            "Order", [Optional()], low=-_GREATEST_ORDER, high=_GREATEST_ORDER
        )
    if can_delete:
        fields[DELETION_FIELD_NAME] = BooleanField("Delete")
    made: Any = type(form)
    return made(form.__name__, (FormRow, form), fields)


def _is_changed(form: Any, field: Any) -> bool:
    if isinstance(field, CarriedField):
        return False
    if isinstance(field, FileField):
        return any(field.raw_data or ())
    return differs(field, shown_as(form, field, field.object_data))


def shown_as(form: Any, field: Any, value: Any) -> Any:
    """Return a field of a form as it is shown with a value, before it is submitted."""
    shown = object.__new__(type(field))  # copy() would make an unbound field
    shown.__dict__.update(field.__dict__, raw_data=None)
    own_filter = getattr(form, f"filter_{field.short_name}", None)
    shown.process(None, value, [own_filter] if own_filter else None)
    return shown


def differs(field: Any, shown: Any) -> bool:
    """Tell whether what was submitted in a field is not what is shown in another."""
    return bool(field.process_errors) or bool(_value(field) != _value(shown))


def _value(field: Any) -> Any:
    if isinstance(field, KeyField):
        return set(field.keys)
    if isinstance(field, BooleanField):
        return bool(field.data)
    return None if field.data in _EMPTY else field.data

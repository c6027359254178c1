"""The forms inside a formset: what each knows about its row and about changes to it.

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

#: The names of the extra fields, as in Django.
DELETION_FIELD_NAME = "DELETE"
ORDERING_FIELD_NAME = "ORDER"

_EMPTY: tuple[Any, ...] = (None, "", [], (), {})
_GREATEST_ORDER = 2**31 - 1


class FormRow:
    """A mixin for the forms of a formset: one form edits or creates one row.

    Since 0.1. Django: parts of ``BaseForm``.
    """

    #: Whether the form was submitted.
    is_bound: bool = False
    #: Whether the user may leave the form unchanged; it then creates no row.
    empty_permitted: bool = False

    @cached_property
    def changed_data(self: Any) -> list[str]:
        """The names of the fields whose submitted value differs from the shown one."""
        return [name for name, f in self._fields.items() if _is_changed(self, f)]

    def has_changed(self) -> bool:
        """Tell whether the submitted value of any field differs from the shown one."""
        return bool(self.changed_data)

    @property
    def is_left_empty(self) -> bool:
        """Whether the form was left unchanged and may be: no row is created."""
        return self.empty_permitted and not self.has_changed()

    def validate(self, extra_validators: Any = None) -> bool:
        """Tell whether all fields are valid, or the form was left empty and may be.

        :param extra_validators: by field name, more validators, as in WTForms.
        """
        if self.is_left_empty:
            return True
        return super().validate(extra_validators)  # type: ignore[misc,no-any-return]

    def is_valid(self: Any) -> bool:
        """Tell whether the form was submitted and has no errors.

        The formset has validated it before.
        """
        return self.is_bound and not self.errors

    @property
    def cleaned_data(self: Any) -> dict[str, Any]:
        """The values of the fields without errors, by name.

        It is empty for a form that was left unchanged and may be.
        """
        if getattr(self, "_cleaned", None) is not None:  # its clean() is at work
            return super().cleaned_data  # type: ignore[misc,no-any-return]
        if self.is_left_empty:
            return {}
        values = {
            name: f.row if isinstance(f, RowKeyField) else f.data
            for name, f in self._fields.items()
            if not f.errors
        }
        return {**values, **getattr(self, "_cleaned_more", {})}

    def is_marked(self: Any) -> bool:
        """Tell whether the user ticked the box that deletes the row."""
        return DELETION_FIELD_NAME in self and bool(self[DELETION_FIELD_NAME].data)


class RowKeyField(CarriedField):
    """A hidden field that holds the key of the row that a form edits.

    Django: the hidden ``ModelChoiceField`` of a model formset.
    """

    #: The object that has this key.
    row: Any = None


def row_class(form: type[WTForm], can_order: bool, can_delete: bool) -> Any:
    """Make the class of a formset's forms from a form class and return it.

    :param can_order: whether it has a field for the position of the row.
    :param can_delete: whether it has a box that deletes the row.

    Django: ``BaseFormSet.add_fields``.
    """
    fields: dict[str, Any] = {}
    if can_order:
        fields[ORDERING_FIELD_NAME] = IntegerField(
            "Order", [Optional()], low=-_GREATEST_ORDER, high=_GREATEST_ORDER
        )
    if can_delete:
        fields[DELETION_FIELD_NAME] = BooleanField("Delete")
    metaclass: Any = type(form)
    return metaclass(form.__name__, (FormRow, form), fields)


def _is_changed(form: Any, field: Any) -> bool:
    """Tell whether the submitted value of a field differs from the shown one."""
    if isinstance(field, CarriedField):
        return False
    if isinstance(field, FileField):
        return any(field.raw_data or ())
    return differs(field, shown_as(form, field, field.object_data))


def shown_as(form: Any, field: Any, value: Any) -> Any:
    """Return a copy of a form's field that shows a value and was not submitted.

    :param value: the value as an object's attribute has it.
    """
    shown = object.__new__(type(field))  # copy() would make an unbound field
    shown.__dict__.update(field.__dict__, raw_data=None)
    form_filter = getattr(form, f"filter_{field.short_name}", None)
    shown.process(None, value, [form_filter] if form_filter else None)
    return shown


def differs(field: Any, shown: Any) -> bool:
    """Tell whether the submitted value of a field differs from that of another field.

    :param shown: a field from :func:`shown_as`.
    """
    return bool(field.process_errors) or bool(_value(field) != _value(shown))


def _value(field: Any) -> Any:
    """Return the value of a field for comparing; all empty values are None."""
    if isinstance(field, KeyField):
        return set(field.keys)
    if isinstance(field, BooleanField):
        return bool(field.data)
    return None if field.data in _EMPTY else field.data

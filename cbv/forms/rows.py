"""The forms inside a formset: what each knows about its row and about changes to it.

Django: ``has_changed``, ``changed_data`` and ``empty_permitted`` of its forms.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from wtforms import Form as WTForm
from wtforms.csrf.core import CSRFTokenField
from wtforms.fields import BooleanField
from wtforms.fields import FieldList
from wtforms.fields import FileField
from wtforms.fields import FormField
from wtforms.fields import SelectMultipleField
from wtforms.fields import SubmitField
from wtforms.fields.choices import SelectFieldBase
from wtforms.fields.core import UnboundField
from wtforms.fields.simple import ButtonField  # type: ignore[attr-defined]
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput

from ..exceptions import misconfigured
from .choices import KeyField
from .fields import CarriedField
from .fields import IntegerField
from .initial import process_value
from .submission import SubmittedForm

#: The names of the extra fields, as in Django.
DELETION_FIELD_NAME = "DELETE"
ORDERING_FIELD_NAME = "ORDER"

_EMPTY: tuple[Any, ...] = (None, "", [], (), {})
_GREATEST_ORDER = 2**31 - 1
#: The fields whose posted text is no value that a user entered.
_WITHOUT_VALUE = (CarriedField, CSRFTokenField, SubmitField, ButtonField)


class FormRow(SubmittedForm):
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


class DeletionField(BooleanField):
    """A box that marks a row to be deleted; in another widget, its value marks it.

    Django: the ``BooleanField`` of that name.
    """

    false_values = (False, "false", "False", "0", "")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.type = "BooleanField"  # which templates ask for

    def _value(self) -> str:
        is_box = isinstance(self.widget, CheckboxInput)
        # WTForms' value is always true: a hidden input would mark each row.
        return "y" if is_box or self.data else ""


def row_class(form: type[WTForm], can_order: bool, can_delete: bool) -> Any:
    """Make the class of a formset's forms from a form class and return it.

    :param can_order: whether it has a field for the position of the row.
    :param can_delete: whether it has a box that deletes the row.
    :raises ImproperlyConfigured: for a field with a name that FormRow needs.

    Django: ``BaseFormSet.add_fields``.
    """
    hidden = [name for name in field_names(form) if hasattr(FormRow, name)]
    if hidden:
        problem = f"has a field {hidden[0]!r}, a name that forms of a formset use"
        raise misconfigured(form, problem, "give the field another name")
    fields: dict[str, Any] = {}
    if can_order:
        fields[ORDERING_FIELD_NAME] = IntegerField(
            "Order", [Optional()], low=-_GREATEST_ORDER, high=_GREATEST_ORDER
        )
    if can_delete:
        fields[DELETION_FIELD_NAME] = DeletionField("Delete")
    metaclass: Any = type(form)
    return metaclass(form.__name__, (FormRow, form), fields)


def field_names(form: type[WTForm]) -> list[str]:
    """Return the names of the fields that a form class declares."""
    attributes = {name: getattr(form, name) for name in dir(form)}
    return [n for n, value in attributes.items() if isinstance(value, UnboundField)]


def _is_changed(form: Any, field: Any) -> bool:
    """Tell whether the submitted value of a field differs from the shown one."""
    return differs(field, shown_as(form, field, field.object_data))


def shown_as(form: Any, field: Any, value: Any) -> Any:
    """Return a copy of a form's field that shows a value and was not submitted.

    :param value: the value as an object's attribute has it.
    """
    shown = object.__new__(type(field))  # copy() would make an unbound field
    shown.__dict__.update(field.__dict__, raw_data=None)
    process_value(form, shown, value)
    return shown


def differs(field: Any, shown: Any) -> bool:
    """Tell whether the submitted value of a field differs from that of another field.

    :param shown: a field from :func:`shown_as`.
    """
    if isinstance(field, _WITHOUT_VALUE):
        return False
    if isinstance(field, FileField):
        return any(field.raw_data or ())
    if isinstance(field, FormField):
        return any(map(differs, field.form, shown.form))
    if isinstance(field, FieldList):
        return _entries_differ(field, shown)
    if _came_back(field, shown):
        return False
    if field.process_errors or shown.process_errors:
        return True
    return not _equal(_value(field), _value(shown))


def _entries_differ(field: Any, shown: Any) -> bool:
    """Tell whether the entries of a FieldList differ; a blank one more does not."""
    added = field.entries[len(shown.entries) :]
    if len(field.entries) < len(shown.entries):
        return True
    if any(map(differs, field.entries, shown.entries)):
        return True
    return any(_is_changed(field._form, entry) for entry in added)


def _came_back(field: Any, shown: Any) -> bool:
    """Tell whether a browser posted the very text that the form had shown.

    It is then no change, even where the text cannot be parsed (that of an empty number)
    or tells less than the value (``09:30`` of a time with seconds).
    """
    before, posted = _shown_text(shown), (field.raw_data or [None])[0]
    if before is None or not isinstance(posted, str):
        return False
    return _unified(posted) == _unified(before) or not (posted.strip() or before)


def _shown_text(field: Any) -> str | None:
    """Return the text that a field shows, None where it is not shown as a text."""
    if isinstance(field, BooleanField):
        return None
    if isinstance(field, SelectFieldBase):
        return "" if _value(field) is None else None
    return "" if getattr(field.widget, "hide_value", False) else str(field._value())


def _unified(text: str) -> str:
    """Return a text with the line ends of Python, not those that a browser posts."""
    return text.replace("\r\n", "\n")


def _value(field: Any) -> Any:
    """Return the value of a field for comparing; all empty values are None."""
    if isinstance(field, KeyField):
        return set(field.keys) or None
    if isinstance(field, BooleanField):
        return bool(field.data)
    if isinstance(field, SelectMultipleField):
        return set(map(str, field.data or ())) or None  # a browser sorts them anew
    return None if field.data in _EMPTY else field.data


def _equal(value: Any, other: Any) -> bool:
    """Tell whether two values are equal; a signalling NaN equals nothing."""
    try:
        return bool(value == other)
    except ArithmeticError:
        return False

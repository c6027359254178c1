"""Select fields for the values of a plain column, such as a status or a level.

The choices go through the column's type both ways: what the page offers is what a post
may name, and what is chosen is stored as the column's Python type.

Django: ``TypedChoiceField`` and ``TypedMultipleChoiceField``.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence
from itertools import groupby
from typing import Any
from typing import NamedTuple

from sqlalchemy import JSON
from sqlalchemy import TypeDecorator
from wtforms.fields import SelectField
from wtforms.fields.choices import Choice  # type: ignore[attr-defined]
from wtforms.validators import StopValidation

from ..db.columns import coerce
from ..db.columns import key_text
from ..db.columns import plain_type
from ..exceptions import ImproperlyConfigured
from .choices import BLANK
from .groups import as_choice
from .groups import flat
from .select_widget import OptionsSelect


def typed(column: Any, value: Any) -> Any:
    """Return a value as the Python type of a column; None for none and for ``""``.

    :param value: a choice, a value of an object, or a posted text.
    :raises ValueError: when the column cannot hold the value.
    """
    if value is None or (isinstance(value, str) and value == ""):
        return None
    is_own = isinstance(column.type, TypeDecorator) and not isinstance(value, str)
    if is_own or isinstance(plain_type(column.type), JSON):
        return value  # only the type itself could tell
    enum_class = getattr(plain_type(column.type), "enum_class", None)
    if enum_class is not None and not isinstance(value, str):
        return enum_class(value)
    return coerce(column, value)


def text_of(column: Any, value: Any) -> str:
    """Return the text that stands for a value of a column, so that it can be posted.

    :func:`typed` returns the same value for it, where the type can read texts.
    """
    return "" if value is None else key_text(column, value)


class Offered(NamedTuple):
    """One choice: its value, and how the page shows it."""

    value: Any
    label: str
    render_kw: dict[str, Any]
    group: str | None


class ColumnSelect(SelectField):
    """A select field for one value of a column.

    :param column: the column, or one with the type of an array's items.
    :param choices: see :mod:`cbv.forms.groups`, or a callable that returns them.
        ``get_form()`` may set the attribute of this name later.
    :param blank: whether the first option is always the empty one, unless ``choices``
        has one. Otherwise it is while there is no value.
    """

    widget: Any = OptionsSelect()
    object_data: Any = None
    #: WTForms sets it; the error for a value that is not offered.
    invalid_choice_message: Any = None

    def __init__(
        self,
        label: Any = None,
        validators: Any = None,
        *,
        column: Any,
        choices: Any,
        blank: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, validators, **kwargs)
        self.column, self.blank, self.choices = column, blank, choices

    def offered(self) -> dict[str, Offered]:
        """Return the choices by the text that is posted for each."""
        found: dict[str, Offered] = {}
        for item, group in flat(self.choices or ()):
            choice = as_choice(item)
            value = self._value_of(choice)
            row = Offered(value, str(choice.label), choice.render_kw, group)
            found.setdefault(text_of(self.column, value), row)
        if (self.blank or self.object_data is None) and "" not in found:
            return {"": Offered(None, BLANK.label, {}, None), **found}
        return found

    def _value_of(self, choice: Any) -> Any:
        try:
            return typed(self.column, choice.value)
        except ValueError:
            raise ImproperlyConfigured(
                f"The choice {choice.value!r} for {str(self.column.name)!r} is no value"
                f" of a column of type {type(self.column.type).__name__}. Cure: name"
                " only values in choices that the column can hold."
            ) from None

    # --- what is chosen ---------------------------------------------------------------

    def _guess(self, value: Any) -> Any:
        """Return a value as the column's type, if that can be told so early."""
        try:
            return typed(self.column, value)
        except ValueError:
            return value

    def process_data(self, value: Any) -> None:
        """Start with the value of the form's object, or with an initial one."""
        self.data = self._guess(value)

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read the posted text; ``pre_validate`` looks for its choice."""
        if valuelist:
            self.data = self._guess(valuelist[0])

    def pre_validate(self, form: Any) -> None:
        """Set ``data`` to the value that was chosen, if it is offered.

        :raises wtforms.validators.StopValidation: when it is not.
        """
        if not self.validate_choice or (self.data is None and not self.raw_data):
            return
        posted = self.raw_data[:1] if self.raw_data else None
        (self.data,) = self._chosen(posted, [self.data])

    def _chosen(self, posted: Any, values: Any) -> list[Any]:
        """Return the offered values for the posted texts, or else for these values."""
        offered = self.offered()
        if posted is None:
            known = [row.value for row in offered.values()]
            found = [value for value in values if value in known]
        else:
            texts = [text for text in posted if isinstance(text, str)]
            found = [offered[text].value for text in texts if text in offered]
        if len(found) < len(values if posted is None else posted):
            text = self.invalid_choice_message or self.gettext("Not a valid choice.")
            raise StopValidation(text)
        return found

    # --- the options ------------------------------------------------------------------

    def _is_chosen(self, value: Any) -> bool:
        return bool(value == self.data)

    def _options(self) -> list[tuple[str | None, Any]]:
        """Return the group and option of each choice."""
        return [
            (
                row.group,
                Choice(text, row.label, self._is_chosen(row.value), row.render_kw),
            )
            for text, row in self.offered().items()
        ]

    def iter_choices(self) -> Any:
        """Return the options for the widget."""
        return [choice for _, choice in self._options()]

    def has_groups(self) -> bool:
        """Tell whether the choices are grouped."""
        return any(row.group is not None for row in self.offered().values())

    def iter_groups(self) -> Iterator[Any]:
        """Yield the name of each group, None for none, with its options."""
        for group, options in groupby(self._options(), key=lambda option: option[0]):
            yield group, [choice for _, choice in options]


class ColumnSelectMultiple(ColumnSelect):
    """A select field for the values of an array column."""

    widget: Any = OptionsSelect(multiple=True)

    def offered(self) -> dict[str, Offered]:
        """Return the choices by the text that is posted for each; none is empty."""
        return {text: row for text, row in super().offered().items() if text}

    def process_data(self, value: Any) -> None:
        """Start with the values of the form's object."""
        self.data = None if value is None else [self._guess(item) for item in value]

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read the posted texts; none at all stand for an empty array."""
        if valuelist or self.object_data:
            self.data = [self._guess(text) for text in valuelist]

    def pre_validate(self, form: Any) -> None:
        """Set ``data`` to the values that were chosen, if all are offered."""
        if self.data and self.validate_choice:
            self.data = self._chosen(self.raw_data or None, self.data)

    def _is_chosen(self, value: Any) -> bool:
        return value in (self.data or ())

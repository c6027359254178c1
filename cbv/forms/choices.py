"""Fields whose value is one of several: rows of a table, members of an enum.

Django: ``ModelChoiceField``, ``ModelMultipleChoiceField`` and ``TypedChoiceField``.
Rows are read only to be shown, all in one statement; what is posted is checked by one
statement that looks up the posted keys alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any
from typing import NamedTuple

from markupsafe import escape
from markupsafe import Markup
from sqlalchemy import Select
from wtforms.fields.choices import Choice  # type: ignore[attr-defined]
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.fields.choices import SelectFieldBase
from wtforms.validators import StopValidation
from wtforms.widgets import html_params
from wtforms.widgets import Select as SelectWidget

from ..db import reading
from ..db.columns import coerce
from ..db.columns import column_of
from ..db.columns import display
from ..db.columns import is_mapped
from ..db.row_keys import among
from ..db.row_keys import is_limited
from ..db.statements import entity_of
from ..exceptions import misconfigured
from ..pagination.statements import page_of
from ..translation import gettext

#: How many rows one field shows; a key beyond them can be posted all the same.
CHOICES_AT_MOST = 1000
#: How many keys one field takes.
_KEYS_AT_MOST = 1000
BLANK = SelectChoice("", "---------")
_SPECIAL = re.compile("[&<>\"']").search


class OptionsSelect(SelectWidget):
    """A ``<select>`` rendered in one pass; WTForms escapes each attribute by itself."""

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        """Return the element with its options."""
        choices = [] if field.has_groups() else list(field.iter_choices())
        if not choices or any(choice.render_kw for choice in choices):
            return super().__call__(field, **kwargs)
        kwargs.setdefault("id", field.id)
        if self.multiple:
            kwargs["multiple"] = True
        for name in ("required", "disabled"):
            if name in field.flags:
                kwargs.setdefault(name, getattr(field.flags, name))
        options = "".join(map(_option, choices))
        opening = html_params(name=field.name, **kwargs)
        return Markup(f"<select {opening}>{options}</select>")


def _option(choice: Any) -> str:
    selected = " selected" if choice.selected else ""
    value, label = _safe(choice.value), _safe(choice.label)
    return f'<option value="{value}"{selected}>{label}</option>'


def _safe(text: Any) -> Any:
    # Most texts need no escaping; to look costs less than to make a Markup.
    return text if type(text) is str and not _SPECIAL(text) else escape(text)


class Target(NamedTuple):
    """What the rows of a field are, and how they are named by their keys."""

    #: The mapped class of the rows.
    model: Any
    #: The attributes of a row that make its key.
    names: tuple[str, ...]
    #: The attributes of the form's own object that hold that key; () for many-to-many.
    local: tuple[str, ...]
    #: Whether the field's data is the row (a relationship) or its key (a column).
    whole: bool
    #: All rows that may be chosen unless ``choices`` says otherwise.
    statement: Select[Any]

    def key_of(self, row: Any) -> tuple[Any, ...]:
        """Return the key of a row, or of what stands for it: its key."""
        if is_mapped(type(row)):
            return self.values_of(row)
        return tuple(row) if isinstance(row, (tuple, list)) else (row,)

    def values_of(self, row: Any) -> tuple[Any, ...]:
        """Return the key of a row."""
        return tuple([getattr(row, name) for name in self.names])

    def parse(self, text: Any) -> tuple[Any, ...]:
        """Return the key in a posted text.

        :raises ValueError: when no row can have such a key.
        """
        parts = text.split(",") if len(self.names) > 1 else [text]
        if len(parts) != len(self.names):
            raise ValueError("not a key of so many columns")
        columns = [column_of(self.model, name) for name in self.names]
        return tuple(map(coerce, columns, parts))


class KeyField(SelectFieldBase):
    """One row, chosen by its key. Django: ``ModelChoiceField``.

    :param target: the rows.
    :param choices: a ``select()``, a callable that gives one, a sequence of rows, or
        of keys with labels; it may be set in ``get_form()`` too.
    :param blank: whether "nothing" is offered.
    """

    widget = OptionsSelect()

    def __init__(
        self,
        label: Any = None,
        validators: Any = None,
        *,
        target: Target,
        choices: Any = None,
        blank: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, validators, **kwargs)
        self.target, self.choices, self.blank = target, choices, blank
        #: The options that were read; the forms of a formset share them.
        self.known_options: dict[Any, list[tuple[str, str]]] = {}

    # --- the value -------------------------------------------------------------------

    #: The keys that are chosen.
    keys: Sequence[tuple[Any, ...]] = ()

    def process_data(self, value: Any) -> None:
        """Take the object's row or key."""
        self.data = value
        self.keys = [] if value is None else [self.target.key_of(value)]
        if self.keys and not self.target.whole:
            self.data = self.keys[0][0]

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Take the key that is posted; whether there is such a row comes later."""
        if valuelist:
            self.data, self.keys = None, self._parsed(valuelist[:1])

    def _parsed(self, texts: Iterable[Any]) -> list[tuple[Any, ...]]:
        try:
            found = [
                self.target.parse(text.strip())
                for text in texts
                if text != "" and not text.isspace()
            ]
        except (ValueError, AttributeError):  # an upload has no strip()
            raise ValueError(_invalid()) from None
        return list(dict.fromkeys(found))

    def pre_validate(self, form: Any) -> None:
        """Look the posted key up among the rows that may be chosen."""
        if not self.raw_data or self.process_errors:
            return
        rows = self._rows_by_key(self.keys) if self.keys else {}
        if len(rows) < len(self.keys):
            raise StopValidation(_invalid())
        self._take([rows[key] for key in self.keys])

    def _take(self, rows: Sequence[Any]) -> None:
        if rows:
            self.data = rows[0] if self.target.whole else self.keys[0][0]

    # --- the rows --------------------------------------------------------------------

    def _source(self) -> Any:
        """Return the statement or sequence that says what may be chosen."""
        choices = self.choices() if callable(self.choices) else self.choices
        if choices is None:
            return self.target.statement
        if isinstance(choices, dict):
            return list(choices.items())
        if isinstance(choices, Select):
            return self._checked(choices)
        return list(choices)

    def _checked(self, statement: Select[Any]) -> Select[Any]:
        entity = entity_of(statement)
        if entity is None or not issubclass(entity, self.target.model):
            raise misconfigured(
                self.target.model,
                f"has choices for {self.short_name!r} that select no rows of"
                f" {self.target.model.__name__}",
                f"give select({self.target.model.__name__})",
            )
        return statement

    def _rows_by_key(self, keys: Sequence[tuple[Any, ...]]) -> dict[Any, Any]:
        """Return those rows that may be chosen and have one of the keys."""
        source = self._source()
        if not isinstance(source, Select):
            offered = {self._key_of_choice(item): item for item in source}
            found = {key: offered[key] for key in keys if key in offered}
            if not self.target.whole or all(is_mapped(type(v)) for v in found.values()):
                return found
            keys = list(found)
            source = self.target.statement
        names = self.target.names
        rows = reading.scalars(*among(source, self.target.model, names, keys))
        return {self.target.key_of(row): row for row in rows}

    def _key_of_choice(self, item: Any) -> tuple[Any, ...]:
        if is_mapped(type(item)):
            return self.target.key_of(item)
        value = SelectChoice.from_input(_as_choice(item)).value
        try:
            return self.target.parse(str(value))
        except ValueError:
            return (value,)

    # --- the options -----------------------------------------------------------------

    def has_groups(self) -> bool:
        """Tell that the options are not grouped."""
        return False

    def iter_choices(self) -> Iterator[Any]:
        """Yield the options for the widget: "nothing", then each row."""
        chosen = {self._text(key) for key in self.keys}
        if self.blank:
            yield Choice(BLANK.value, BLANK.label, not chosen, {})
        for text, label in self._offered(chosen):
            yield Choice(text, label, text in chosen, {})

    def _offered(self, chosen: set[str]) -> Iterable[tuple[str, str]]:
        source = self._source()
        if not isinstance(source, Select):
            return [self._shown(item) for item in source]
        page = source if is_limited(source) else page_of(source, counted=False)
        offered = self._first_of(page)
        if len(offered) <= CHOICES_AT_MOST:
            return offered
        shown = offered[:CHOICES_AT_MOST]
        missing = chosen.difference(text for text, _ in shown)
        keys = [key for key in self.keys if self._text(key) in missing]
        return shown + self._labelled(self._rows_by_key(keys).values() if keys else ())

    def _first_of(self, page: Any) -> list[tuple[str, str]]:
        # The rows themselves are let go: a rollback would have each of them expire.
        key = (self.short_name, self.choices)
        if key not in self.known_options:
            rows = reading.scalars(page, {"limit": CHOICES_AT_MOST + 1, "offset": 0})
            self.known_options[key] = self._labelled(rows)
        return self.known_options[key]

    def _labelled(self, rows: Iterable[Any]) -> list[tuple[str, str]]:
        values_of = self.target.values_of
        return [(self._text(values_of(row)), display(row)) for row in rows]

    def _shown(self, item: Any) -> tuple[str, str]:
        if is_mapped(type(item)):
            return self._text(self.target.key_of(item)), display(item)
        choice = SelectChoice.from_input(_as_choice(item))
        return str(choice.value), str(choice.label)

    def _text(self, key: tuple[Any, ...]) -> str:
        return ",".join(map(str, key))


class KeysField(KeyField):
    """Any number of rows, by their keys. Django: ``ModelMultipleChoiceField``."""

    widget = OptionsSelect(multiple=True)

    def process_data(self, value: Any) -> None:
        """Take the object's rows."""
        self.data = list(value or ())
        self.keys = [self.target.key_of(row) for row in self.data]

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Take the keys that are posted: none, where nothing is chosen."""
        if len(valuelist) > _KEYS_AT_MOST:
            self.data, self.keys = [], []
            raise ValueError(_invalid())
        self.data, self.keys = [], self._parsed(valuelist)

    def _take(self, rows: Sequence[Any]) -> None:
        self.data = list(rows)


def _as_choice(item: Any) -> Any:
    """Return a plain choice in a spelling that WTForms reads."""
    if isinstance(item, (SelectChoice, tuple, str)):
        return item
    return tuple(item) if isinstance(item, list) else (item, str(item))


def _invalid() -> str:
    return gettext(
        "Select a valid choice. That choice is not one of the available choices."
    )

"""Form fields that choose rows of a table, and the ``<select>`` that shows them.

Django: ``ModelChoiceField``, ``ModelMultipleChoiceField`` and ``TypedChoiceField``.
One SELECT reads the rows that a field shows. Another SELECT checks a posted value: it
looks up the posted keys only, so the other rows are not loaded for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from itertools import groupby
from typing import Any
from typing import NamedTuple

from sqlalchemy import Select
from wtforms.fields.choices import Choice  # type: ignore[attr-defined]
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.fields.choices import SelectFieldBase
from wtforms.validators import StopValidation

from ..db import reading
from ..db.columns import display
from ..db.columns import is_mapped
from ..db.columns import set_items
from ..db.columns import without_proxy
from ..db.row_keys import among
from ..db.statements import entity_of
from ..db.statements import is_limited
from ..exceptions import misconfigured
from ..pagination.statements import page_of
from ..translation import gettext
from .groups import as_choice
from .groups import flat
from .select_widget import option
from .select_widget import options
from .select_widget import OptionsSelect as OptionsSelect
from .select_widget import safe
from .targets import Target as Target

#: The greatest number of rows that one field shows as options. The key of a row beyond
#: them is still accepted when it is posted.
CHOICES_AT_MOST = 1000
#: The greatest number of keys that one field accepts from one request.
_KEYS_AT_MOST = 1000
#: The option that means "nothing is chosen"; its label is Django's.
BLANK = SelectChoice("", "---------")
#: Key text, label and group of one option.
Option = tuple[str, str, str | None]


class Offer(NamedTuple):
    """The choices that one field offers: their rows by key, and their options.

    A field makes one when it is validated or rendered.
    """

    target: Target
    #: The ``choices`` of the field; see :class:`KeyField`.
    choices: Any
    #: The name of the field, for error messages and for ``known_options``.
    field_name: str
    #: The options that were read before; see :class:`KeyField`.
    known_options: dict[Any, Any]

    def rows_by_key(self, keys: Sequence[tuple[Any, ...]]) -> dict[Any, Any]:
        """Return, by key, the offered rows (or plain choices) that have these keys.

        A key that is not offered is missing from the result.
        """
        source = self._statement_or_list()
        if not isinstance(source, Select):
            items = {self._key_of_choice(item): item for item, _ in source}
            chosen = {key: items[key] for key in keys if key in items}
            are_rows = all(is_mapped(type(item)) for item in chosen.values())
            if are_rows or not self.target.whole:
                return chosen
            # Plain keys with labels: the field's data is a row, so read the rows.
            keys = list(chosen)
            source = self.target.statement
        names = self.target.names
        rows = reading.scalars(*among(source, self.target.model, names, keys))
        # By text: a driver may give a key back as an object of its own.
        text_of = self.target.text_of
        found = {text_of(self.target.key_of(row)): row for row in rows}
        texts = {key: text_of(key) for key in keys}
        return {key: found[text] for key, text in texts.items() if text in found}

    def options(self, keys: Sequence[tuple[Any, ...]]) -> Iterable[Option]:
        """Return the key, as text, the label and the group of each option.

        :param keys: the chosen keys; their rows are options even when they come after
            the first ``CHOICES_AT_MOST``.
        """
        is_called = callable(self.choices)
        cache_key = ("plain", self.field_name, self.choices)
        if is_called and cache_key in self.known_options:
            return list(self.known_options[cache_key])
        source = self._statement_or_list()
        if not isinstance(source, Select):
            found = [(*self._option_of(item), group) for item, group in source]
            if is_called:
                self.known_options[cache_key] = found
            return found
        page = source if is_limited(source) else page_of(source, counted=False)
        options = self._first_options(page)
        if len(options) <= CHOICES_AT_MOST:
            return options
        shown = options[:CHOICES_AT_MOST]
        shown_keys = {text for text, *_ in shown}
        text_of = self.target.text_of
        missing = [key for key in keys if text_of(key) not in shown_keys]
        return shown + self._labelled(
            self.rows_by_key(missing).values() if missing else ()
        )

    def _statement_or_list(self) -> Any:
        """Return the statement that selects the rows, or plain choices with groups."""
        choices = self.choices() if callable(self.choices) else self.choices
        if choices is None:
            return self.target.statement
        return self._checked(choices) if isinstance(choices, Select) else flat(choices)

    def _checked(self, statement: Select[Any]) -> Select[Any]:
        """Return a statement, refusing one that selects rows of another class."""
        entity = entity_of(statement)
        if entity is None or not issubclass(entity, self.target.model):
            raise misconfigured(
                self.target.model,
                f"has choices for {self.field_name!r} that select no rows of"
                f" {self.target.model.__name__}",
                f"give select({self.target.model.__name__})",
            )
        return statement

    def _key_of_choice(self, item: Any) -> tuple[Any, ...]:
        """Return the key of one item of ``choices``: a row, or a key with a label."""
        if is_mapped(type(item)):
            return self.target.key_of(item)
        value = as_choice(item).value
        try:
            return self.target.parse(str(value))
        except ValueError:
            return (value,)

    def _first_options(self, page: Any) -> list[Option]:
        """Return the first options of a statement, one more than a field shows.

        Texts are kept and not the rows, because a rollback would expire each row.
        """
        cache_key = (self.field_name, self.choices)
        if cache_key not in self.known_options:
            rows = reading.scalars(page, {"limit": CHOICES_AT_MOST + 1, "offset": 0})
            self.known_options[cache_key] = self._labelled(rows)
        first: list[Option] = self.known_options[cache_key]
        return first

    def _labelled(self, rows: Iterable[Any]) -> list[Option]:
        """Return the options for these rows."""
        text_of, values_of = self.target.text_of, self.target.values_of
        return [(text_of(values_of(row)), display(row), None) for row in rows]

    def _option_of(self, item: Any) -> tuple[str, str]:
        """Return the key, as text, and the label for one item of ``choices``."""
        if is_mapped(type(item)):
            return self.target.text_of(self.target.key_of(item)), display(item)
        choice = as_choice(item)
        return str(choice.value), str(choice.label)


class KeyField(SelectFieldBase):
    """A select field that chooses one row of a table by its key.

    :param target: the class of the rows and the attributes that make their key.
    :param choices: the rows that may be chosen: a ``select()``, a callable that returns
        one, a sequence of rows, or a sequence of keys with labels. None: all rows of
        the target. ``get_form()`` may set the attribute of this name later.
    :param blank: whether the first option is always the empty one, for "no row".
        Otherwise it is while there is no value.
    :param invalid_choice_message: the error for a key that may not be chosen.

    Django: ``ModelChoiceField``.
    """

    widget = OptionsSelect()
    #: The keys that are chosen: those of the object, or those that were posted.
    keys: Sequence[tuple[Any, ...]] = ()
    #: Whether the keys are an initial value whose rows are not known yet.
    is_looked_up: bool = False

    def __init__(
        self,
        label: Any = None,
        validators: Any = None,
        *,
        target: Target,
        choices: Any = None,
        blank: bool = True,
        invalid_choice_message: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, validators, **kwargs)
        self.target, self.choices, self.blank = target, choices, blank
        self.invalid_choice_message = invalid_choice_message
        #: Key text and label of the options that were read, by field name and
        #: ``choices``. The forms of a formset share it, so that each SELECT runs once.
        #: Their HTML as well.
        self.known_options: dict[Any, Any] = {}

    def _offer(self) -> Offer:
        """Return the choices that the field offers now."""
        return Offer(self.target, self.choices, self.short_name, self.known_options)

    def process_data(self, value: Any) -> None:
        """Start with the row or key that the form's object has, None for no row.

        An initial value may be a key too, or the text of one.
        """
        self.data = value = without_proxy(value)
        self._start_with([] if value is None else [value])
        if self.keys and not self.target.whole:
            self.data = self.keys[0][0]

    def _start_with(self, values: Sequence[Any]) -> None:
        """Take the keys of rows, keys or texts, and note whether rows are missing."""
        self.keys = [self._first_key(value) for value in values]
        self.is_looked_up = not all(
            is_mapped(type(value)) or (key == (value,) and not self.target.whole)
            for key, value in zip(self.keys, values, strict=True)
        )

    def _first_key(self, value: Any) -> tuple[Any, ...]:
        """Return the key of a row, key or text; one that no row has for a bad text."""
        try:
            is_text = isinstance(value, str)
            return self.target.parse(value) if is_text else self.target.key_of(value)
        except ValueError:
            return (None,) * len(self.target.names)

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read the posted key; ``pre_validate`` looks for its row.

        :raises ValueError: when the columns of the key cannot hold it.
        """
        if valuelist:
            self.data, self.keys = None, self._parsed(valuelist[:1])

    def _parsed(self, texts: Iterable[Any]) -> list[tuple[Any, ...]]:
        """Return the keys in the posted texts, each key once; empty texts are none."""
        try:
            keys = [
                self.target.parse(text.strip())
                for text in texts
                if text != "" and not text.isspace()
            ]
        except (ValueError, AttributeError):  # an upload has no strip()
            raise ValueError(self._refusal()) from None
        return list(dict.fromkeys(keys))

    def pre_validate(self, form: Any) -> None:
        """Set ``data`` to the row (or key) that was posted, if it may be chosen.

        :raises wtforms.validators.StopValidation: when there is no such row.
        """
        is_new = self.raw_data or self.is_looked_up
        if not is_new or self.process_errors:
            return
        rows = self._offer().rows_by_key(self.keys) if self.keys else {}
        if len(rows) < len(self.keys):
            raise StopValidation(self._refusal())
        self._take([rows[key] for key in self.keys])

    def _refusal(self) -> str:
        """Return the error for a key that may not be chosen."""
        if self.invalid_choice_message is not None:
            return str(self.invalid_choice_message)
        return gettext(
            "Select a valid choice. That choice is not one of the available choices."
        )

    def _take(self, rows: Sequence[Any]) -> None:
        """Set ``data`` from the chosen rows."""
        if rows:
            self.data = rows[0] if self.target.whole else self.keys[0][0]

    def has_groups(self) -> bool:
        """Tell whether the options are grouped; those of a statement are not."""
        if self.choices is None or isinstance(self.choices, Select):
            return False
        known, key = self.known_options, ("groups", self.short_name, self.choices)
        if callable(self.choices) and key in known:
            return bool(known[key])
        found = any(group is not None for *_, group in self._offer().options(()))
        if callable(self.choices):
            known[key] = found
        return found

    def iter_choices(self) -> Iterator[Any]:
        """Yield the options for the widget: the empty one, then one for each row."""
        for _, choice in self._options():
            yield choice

    def iter_groups(self) -> Iterator[Any]:
        """Yield the name of each group, None for none, with its options."""
        for group, found in groupby(self._options(), key=lambda pair: pair[0]):
            yield group, [choice for _, choice in found]

    def _options(self) -> Iterator[tuple[str | None, Any]]:
        """Yield the group and option of the empty choice, then of each row."""
        chosen = set(map(self.target.text_of, self.keys))
        if self._has_blank():
            yield None, Choice(BLANK.value, BLANK.label, not chosen, {})
        for text, label, group in self._offer().options(self.keys):
            yield group, Choice(text, label, text in chosen, {})

    def _has_blank(self) -> bool:
        return self.blank or self.object_data is None

    def options_html(self) -> str:
        """Return the HTML of the options, rendered once for all forms of a formset.

        It is "" where WTForms' own widget must render them.
        """
        source = self.choices
        is_shared = source is None or isinstance(source, Select) or callable(source)
        is_own = type(self).iter_choices is not KeyField.iter_choices
        if is_own or not is_shared or self.has_groups():
            return options(self)
        cache_key = ("html", self.short_name, self.choices)
        if cache_key not in self.known_options:
            shown = self._offer().options(())
            unchosen = (Choice(text, label, False, {}) for text, label, _ in shown)
            self.known_options[cache_key] = "".join(map(option, unchosen))
        html: str = self.known_options[cache_key]
        for key in self.keys:
            opening = f'<option value="{safe(self.target.text_of(key))}"'
            if f"{opening}>" not in html:  # a row after those that are shown
                return options(self)
            html = html.replace(f"{opening}>", f"{opening} selected>", 1)
        blank = Choice(BLANK.value, BLANK.label, not self.keys, {})
        return f"{option(blank)}{html}" if self._has_blank() else html


class KeysField(KeyField):
    """A select field that chooses any number of rows of a table by their keys.

    ``data`` is the list of the rows. Django: ``ModelMultipleChoiceField``.
    """

    widget = OptionsSelect(multiple=True)

    def process_data(self, value: Any) -> None:
        """Start with the rows that the form's object has, in a list."""
        items = value.values() if isinstance(value, Mapping) else value or ()
        self.data = list(map(without_proxy, items))
        self._start_with(self.data)

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read the posted keys; an empty list means that no row is chosen.

        :raises ValueError: for more than 1000 keys, or one that no column can hold.
        """
        if len(valuelist) > _KEYS_AT_MOST:
            self.data, self.keys = [], []
            raise ValueError(self._refusal())
        self.data, self.keys = [], self._parsed(valuelist)

    def _take(self, rows: Sequence[Any]) -> None:
        self.data = list(rows)

    def populate_obj(self, obj: Any, name: str) -> None:
        """Make the chosen rows the items of the object's collection."""
        set_items(obj, name, self.data)

    def _has_blank(self) -> bool:
        return self.blank

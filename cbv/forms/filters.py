"""The form fields that filter a list by the values in the URL's query string.

django-filter's filters, but for equality and text search only. Each field reads its
values from the query string and returns the criteria for the list's SELECT.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup
from sqlalchemy import Boolean
from sqlalchemy import Date
from sqlalchemy import DateTime
from sqlalchemy import Enum
from sqlalchemy import Float
from sqlalchemy import Integer
from sqlalchemy import Numeric
from sqlalchemy import Time
from sqlalchemy import tuple_
from wtforms import Field
from wtforms.fields.choices import Choice  # type: ignore[attr-defined]
from wtforms.widgets import html_params

from ..db.columns import coerce
from ..db.columns import column_of
from ..db.columns import enum_members
from ..db.columns import plain_type
from ..db.columns import reads_text
from ..db.search import Search
from ..exceptions import misconfigured
from ..translation import gettext
from .choices import BLANK
from .choices import KeysField
from .choices import OptionsSelect
from .model_fields import label_of
from .related import target_of
from .validators import is_storable

#: The greatest number of values that one field accepts.
_VALUES_AT_MOST = 100
#: The greatest number of characters that a search accepts.
_SEARCH_AT_MOST = 200
#: The greatest number of different words that a search accepts.
_WORDS_AT_MOST = 10
#: The HTML attributes of the ``<input>`` for each column type; the first match counts.
_INPUTS: tuple[tuple[type, dict[str, str]], ...] = (
    (Integer, {"type": "number"}),
    (Numeric, {"type": "number", "step": "any"}),
    (Float, {"type": "number", "step": "any"}),
    (DateTime, {"type": "datetime-local", "step": "any"}),
    (Date, {"type": "date"}),
    (Time, {"type": "time", "step": "any"}),
)


def filter_field(owner: object, model: Any, name: str) -> Any:
    """Return the form field that filters by a column or relationship of a model.

    :param owner: the view, which an error message names.
    :param model: the mapped class of the list's rows.
    :param name: the attribute: a column or a relationship.
    :raises ImproperlyConfigured: for any other name, and for a column with values that
        nobody can write in a query string.

    django-filter: ``FilterSet.filter_for_field``.
    """
    check_filterable(owner, model, name)
    target, column = target_of(model, name), column_of(model, name)
    if target is not None:
        return KeysFilter(label_of(name), model=model, target=target)
    if column is None:
        problem = f"has filter_fields with {name!r}, which {model.__name__} has not"
        raise misconfigured(owner, problem, "name a column or relationship of it")
    listed = isinstance(plain_type(column.type), (Enum, Boolean))
    kind = ChoiceFilter if listed else ValuesFilter
    return kind(label_of(name), column=getattr(model, name))


def check_filterable(owner: object, model: Any, name: str) -> None:
    """Refuse a filter by a column whose values have no text, such as JSON.

    It looks at the columns only, so that a class can call it while it is made, when
    other mapped classes may be missing yet.

    :raises ImproperlyConfigured: for such a column.
    """
    column = column_of(model, name)
    if column is None or column.foreign_keys or reads_text(column):
        return
    type_name = type(column.type).__name__
    problem = f"has filter_fields with {name!r}, whose {type_name} no query can hold"
    raise misconfigured(owner, problem, "leave it out", "override filter_queryset()")


class _Inputs:
    """A widget with one ``<input>`` for each value in the query, at least one."""

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        kwargs = {"id": field.id, **field.input, **kwargs}
        inputs = []
        for text in field.texts or [""]:
            attributes = html_params(name=field.name, value=text, **kwargs)
            inputs.append(f"<input {attributes}>")
            kwargs.pop("id", None)
            kwargs["aria-label"] = field.label.text
        return Markup(" ".join(inputs))


class _Options(OptionsSelect):
    """A ``<select>`` that allows several values if the query has several."""

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        if len(field.raw_data or ()) > 1:
            kwargs.setdefault("multiple", True)
        return super().__call__(field, **kwargs)


class ValuesFilter(Field):
    """A text field that filters by the values of a column.

    A row matches if it has one of several values. Empty values are ignored.

    :param column: the mapped attribute, such as ``Book.title``.
    """

    widget: Any = _Inputs()

    def __init__(self, label: Any = None, *, column: Any, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.column = column
        #: The values in the query, as they were typed.
        self.texts: list[str] = []
        type_ = plain_type(column.type)
        matching = (html for kind, html in _INPUTS if isinstance(type_, kind))
        #: The HTML attributes of the ``<input>``.
        self.input = next(matching, {"type": "text"})

    def process_data(self, value: Any) -> None:
        """Start without values: nothing is filtered."""
        self.data = []

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read the values from the query as Python values of the column's type.

        :raises ValueError: when the column cannot hold one of them.
        """
        self.texts = [text for text in valuelist if text.strip()]
        self.data = []
        try:
            if len(self.texts) > _VALUES_AT_MOST:
                raise ValueError("too many")
            self.data = [coerce(self.column, text) for text in self.texts]
        except ValueError:
            raise ValueError(gettext("Enter a valid value.")) from None

    def criteria(self, statement: Any) -> list[Any]:
        """Return the criteria that a row must meet; none if the query has no value."""
        return [self.column.in_(self.data)] if self.data else []


class ChoiceFilter(ValuesFilter):
    """A select field that filters by an enum's member, or by yes or no."""

    widget = _Options()

    def has_groups(self) -> bool:
        """Return False: the options are not grouped."""
        return False

    def iter_choices(self) -> Iterator[Any]:
        """Yield the options: the empty one, for all rows, then the column's values."""
        yield Choice(BLANK.value, BLANK.label, not self.texts, {})
        for text, label in self._offered():
            yield Choice(text, label, text in self.texts, {})

    def _offered(self) -> list[tuple[str, str]]:
        type_: Any = plain_type(self.column.type)
        if isinstance(type_, Boolean):
            return [("true", gettext("Yes")), ("false", gettext("No"))]
        return [(text, label_of(text)) for text in enum_members(type_)]


class KeysFilter(KeysField):
    """A select field that filters by related rows, chosen by their keys.

    A key that no row has matches nothing.

    :param model: the mapped class of the list's rows.
    """

    widget = _Options()

    def __init__(self, label: Any = None, *, model: Any, **kwargs: Any) -> None:
        super().__init__(label, blank=True, **kwargs)
        self.model = model

    def pre_validate(self, form: Any) -> None:
        """Check nothing: for a key that no row has, the list's SELECT finds nothing."""

    def criteria(self, statement: Any) -> list[Any]:
        """Return the criteria that a row must meet; none if the query has no value."""
        if not self.keys:
            return []
        if self.target.local:
            return [_among(self.model, self.target.local, self.keys)]
        related = _among(self.target.model, self.target.names, self.keys)
        return [getattr(self.model, self.short_name).any(related)]


def _among(model: Any, names: Sequence[str], keys: Sequence[Any]) -> Any:
    """Return the criterion that a row's attributes ``names`` are one of the keys."""
    columns = [getattr(model, name) for name in names]
    if len(columns) == 1:
        return columns[0].in_([key[0] for key in keys])
    return tuple_(*columns).in_(keys)


# --- search -------------------------------------------------------------------------


class SearchFilter(Field):
    """A search field: each word in it must be in one of the searched columns.

    Upper and lower case are the same.

    :param search: the columns; see :func:`cbv.db.search.search_of`.

    Django: ``ModelAdmin.search_fields``.
    """

    widget = _Inputs()
    input = {"type": "search"}

    def __init__(self, label: Any = None, *, search: Search, **kwargs: Any) -> None:
        super().__init__(gettext("Search") if label is None else label, **kwargs)
        self.search = search
        self.texts: list[str] = []
        #: The different words of the text.
        self.words: list[str] = []

    def process_data(self, value: Any) -> None:
        """Start without words: every row matches."""
        self.data = ""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read the text of the first value in the query.

        :raises ValueError: when it is too long or has too many words, or no database
            can store it.
        """
        self.data = "".join(valuelist[:1])
        self.texts = [self.data]
        if len(self.data) > _SEARCH_AT_MOST or not is_storable(self.data):
            raise ValueError(gettext("Enter a valid value."))
        self.words = list({word.lower(): word for word in self.data.split()}.values())
        if len(self.words) > _WORDS_AT_MOST:
            text = "Search for at most %(n)d words at once."
            raise ValueError(gettext(text, n=_WORDS_AT_MOST))

    def criteria(self, statement: Any) -> list[Any]:
        """Return the criteria that a row must meet: it has every word."""
        return self.search.criteria(self.words, statement)

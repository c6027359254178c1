"""The fields of a filter form: each reads values from the query and narrows a list.

django-filter's filters, as far as equality and search go.
"""

from __future__ import annotations

from collections.abc import Callable
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
from sqlalchemy import or_
from sqlalchemy import String
from sqlalchemy import Time
from sqlalchemy import tuple_
from wtforms import Field
from wtforms.fields.choices import Choice  # type: ignore[attr-defined]
from wtforms.widgets import html_params

from ..db.columns import coerce
from ..db.columns import column_of
from ..db.columns import enum_members
from ..db.columns import mapper_of
from ..db.columns import plain_type
from ..exceptions import misconfigured
from ..translation import gettext
from .choices import BLANK
from .choices import KeysField
from .choices import OptionsSelect
from .model_fields import label_of
from .related import target_of
from .validators import is_storable

#: So many values of one field are alternatives; more are refused.
_VALUES_AT_MOST = 100
_SEARCH_AT_MOST = 200
_INPUTS: tuple[tuple[type, dict[str, str]], ...] = (
    (Integer, {"type": "number"}),
    (Numeric, {"type": "number", "step": "any"}),
    (Float, {"type": "number", "step": "any"}),
    (DateTime, {"type": "datetime-local", "step": "any"}),
    (Date, {"type": "date"}),
    (Time, {"type": "time", "step": "any"}),
)


def filter_field(owner: object, model: Any, name: str) -> Any:
    """Return the field that filters by a column or relationship of a model.

    :raises ImproperlyConfigured: for any other name.
    """
    target, column = target_of(model, name), column_of(model, name)
    if target is not None:
        return KeysFilter(label_of(name), model=model, target=target)
    if column is None:
        problem = f"has filter_fields with {name!r}, which {model.__name__} has not"
        raise misconfigured(owner, problem, "name a column or relationship of it")
    listed = isinstance(plain_type(column.type), (Enum, Boolean))
    kind = ChoiceFilter if listed else ValuesFilter
    return kind(label_of(name), column=getattr(model, name))


class _Inputs:
    """One ``<input>`` for each value that was asked for, at least one."""

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        kwargs = {"id": field.id, **field.input, **kwargs}
        found = []
        for text in field.texts or [""]:
            attributes = html_params(name=field.name, value=text, **kwargs)
            found.append(f"<input {attributes}>")
            kwargs.pop("id", None)
            kwargs["aria-label"] = field.label.text
        return Markup(" ".join(found))


class _Options(OptionsSelect):
    """A ``<select>`` that takes several values once several were asked for."""

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        if len(field.raw_data or ()) > 1:
            kwargs.setdefault("multiple", True)
        return super().__call__(field, **kwargs)


class ValuesFilter(Field):
    """Values of a column, typed; several are alternatives, empty ones are none.

    :param column: the mapped attribute.
    """

    widget: Any = _Inputs()

    def __init__(self, label: Any = None, *, column: Any, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.column = column
        #: What was asked for, as it was written.
        self.texts: list[str] = []
        type_ = plain_type(column.type)
        found = (given for kind, given in _INPUTS if isinstance(type_, kind))
        self.input = next(found, {"type": "text"})

    def process_data(self, value: Any) -> None:
        """Start without a value."""
        self.data = []

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Take the values that the column can hold; any other is an error."""
        self.texts = [text for text in valuelist if text.strip()]
        self.data = []
        try:
            if len(self.texts) > _VALUES_AT_MOST:
                raise ValueError("too many")
            self.data = [coerce(self.column, text) for text in self.texts]
        except ValueError:
            raise ValueError(gettext("Enter a valid value.")) from None

    def criteria(self) -> list[Any]:
        """Return what a row must meet: nothing when nothing was asked for."""
        return [self.column.in_(self.data)] if self.data else []


class ChoiceFilter(ValuesFilter):
    """Members of an enum, or yes and no."""

    widget = _Options()

    def has_groups(self) -> bool:
        """Tell that the options are not grouped."""
        return False

    def iter_choices(self) -> Iterator[Any]:
        """Yield the options: "all", then each value of the column."""
        yield Choice(BLANK.value, BLANK.label, not self.texts, {})
        for text, label in self._offered():
            yield Choice(text, label, text in self.texts, {})

    def _offered(self) -> list[tuple[str, str]]:
        type_: Any = plain_type(self.column.type)
        if isinstance(type_, Boolean):
            return [("true", gettext("Yes")), ("false", gettext("No"))]
        return [(text, label_of(text)) for text in enum_members(type_)]


class KeysFilter(KeysField):
    """Rows of another model, by their keys; a key without a row matches nothing."""

    widget = _Options()

    def __init__(self, label: Any = None, *, model: Any, **kwargs: Any) -> None:
        super().__init__(label, blank=True, **kwargs)
        self.model = model

    def pre_validate(self, form: Any) -> None:
        """Leave it to the list's own statement whether there is such a row."""

    def criteria(self) -> list[Any]:
        """Return what a row must meet: nothing when nothing was asked for."""
        if not self.keys:
            return []
        if self.target.local:
            return [_among(self.model, self.target.local, self.keys)]
        related = _among(self.target.model, self.target.names, self.keys)
        return [getattr(self.model, self.short_name).any(related)]


def _among(model: Any, names: Sequence[str], keys: Sequence[Any]) -> Any:
    columns = [getattr(model, name) for name in names]
    if len(columns) == 1:
        return columns[0].in_([key[0] for key in keys])
    return tuple_(*columns).in_(keys)


# --- search -------------------------------------------------------------------------


class SearchFilter(Field):
    """Words, each of which must be in one of several texts, in any case.

    :param texts: functions that say whether a word is in one of the texts.
    """

    widget = _Inputs()
    input = {"type": "search"}

    def __init__(
        self, label: Any = None, *, contains: Sequence[Callable[[str], Any]], **kw: Any
    ) -> None:
        super().__init__(gettext("Search") if label is None else label, **kw)
        self.contains = contains
        self.texts: list[str] = []

    def process_data(self, value: Any) -> None:
        """Start without words."""
        self.data = ""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Take the words of the first text."""
        self.data = "".join(valuelist[:1])
        self.texts = [self.data]
        if len(self.data) > _SEARCH_AT_MOST or not is_storable(self.data):
            raise ValueError(gettext("Enter a valid value."))

    def criteria(self) -> list[Any]:
        """Return what a row must meet: one criterion for each word."""
        return [
            or_(*(contains(word) for contains in self.contains))
            for word in self.data.split()
        ]


def search_in(owner: object, model: Any, path: str) -> Callable[[str], Any]:
    """Return the function that says whether a word is in a text of a model.

    ``%``, ``_`` and ``\\`` in the word stand for themselves.

    :param path: the name of a text column, or dotted through relationships.
    :raises ImproperlyConfigured: for any other name.
    """
    name, _, rest = path.partition(".")
    relationship = mapper_of(model).relationships.get(name)
    if rest and relationship is not None:
        inner = search_in(owner, relationship.mapper.class_, rest)
        attribute = getattr(model, name)
        meets = attribute.any if relationship.uselist else attribute.has
        return lambda word: meets(inner(word))
    column: Any = getattr(model, name, None)
    text = isinstance(plain_type(getattr(column, "type", None)), String)  # type: ignore[arg-type]
    if rest or not text or isinstance(plain_type(column.type), Enum):
        problem = f"has search_fields with {path!r}, which is no text of its model"
        raise misconfigured(owner, problem, "name a text column")
    return lambda word: column.icontains(word, autoescape=True)

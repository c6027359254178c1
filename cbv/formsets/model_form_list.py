"""Load the rows of a model formset, and build a form for each of them.

Each form of a row has a hidden field with the row's primary key. When it is submitted,
one statement loads the rows of all posted keys. It searches only among the rows that
the formset may edit, so that a forged key finds nothing.

Django: the first half of ``BaseModelFormSet``.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any
from typing import ClassVar

from sqlalchemy import Select
from sqlalchemy import select
from werkzeug.utils import cached_property
from wtforms.fields.core import UnboundField

from ..db import reading
from ..db.columns import key_names
from ..db.columns import new_object
from ..db.row_keys import among
from ..db.statements import is_limited
from ..db.statements import keep
from ..db.statements import own_queryset
from ..exceptions import misconfigured
from ..forms.choices import Target
from ..forms.rows import ORDERING_FIELD_NAME
from ..forms.rows import RowKeyField
from ..forms.scoped import Limits
from ..forms.scoped import remove_fields
from ..forms.versions import carry
from ..forms.versions import version_name
from ..forms.versions import versioned
from ..pagination.statements import page_of
from .base import BaseFormSet
from .base import ImproperFormSet


class ModelFormList(BaseFormSet):
    """The part of a model formset that loads its rows and builds their forms.

    Users derive from :class:`~cbv.formsets.BaseModelFormSet`.
    """

    #: The mapped class of the rows.
    model: ClassVar[Any] = None
    #: Whether rows can be changed and deleted, but not added.
    edit_only: bool = False
    #: A function that is called with each new object, to set attributes that a user
    #: must not choose.
    prepare_new: Callable[[Any], object] | None = None
    #: Names of attributes that the formset sets itself; their fields are removed from
    #: the forms.
    owned: Iterable[str] = ()

    #: What the scope of the view leaves to the forms; None outside a view.
    _limits: Limits | None = None

    #: Converts primary keys of the model to text and back.
    _target: ClassVar[Target]
    #: The name of the hidden field with the primary key.
    _key_field: ClassVar[str]
    #: The names of the fields whose default is a function. On empty forms they are left
    #: empty: when the form is submitted, the function may return another value, and
    #: the form would look as if the user had filled it.
    _called_defaults: ClassVar[tuple[str, ...]]

    @classmethod
    def _laid_out(cls, form: Any, options: Mapping[str, Any]) -> dict[str, Any]:
        model = cls.model or getattr(getattr(form, "Meta", None), "model", None)
        if model is None:
            cures = "call modelformset_factory()", "set model to a mapped class"
            raise ImproperFormSet(misconfigured(cls, "has no model", *cures))
        keys = key_names(model)
        key_field = "pk" if len(keys) > 1 or hasattr(form, keys[0]) else keys[0]
        form = _with_carried_fields(form, model, key_field)
        return {
            **super()._laid_out(form, options),
            "model": model,
            "_target": Target(model, keys, (), True, keep(select(model))),
            "_key_field": key_field,
            "_called_defaults": tuple(_fields_with_called_default(form)),
        }

    def __init__(self, formdata: Any = None, *, queryset: Any = None, **options: Any):
        super().__init__(formdata, **options)
        self.queryset = queryset

    # --- the rows --------------------------------------------------------------------

    def get_queryset(self) -> Any:
        """Return the ``select()`` (or sequence) of the rows that may be edited.

        Since 0.1. Django: ``BaseModelFormSet.get_queryset``.
        """
        return own_queryset(self, self.model, self.queryset)

    @cached_property
    def rows(self) -> list[Any]:
        """The rows to show, at most ``absolute_max``: as many forms can be posted."""
        return _first_rows(self.get_queryset(), self.absolute_max)

    @cached_property
    def _posted_rows(self) -> list[Any]:
        """For each submitted form of a row: the row of its posted primary key.

        None where the key is malformed, or not that of a row that may be edited.
        """
        keys = [self._posted_key(index) for index in range(self.total_form_count())]
        keys = keys[: self.initial_form_count()]
        distinct = list(dict.fromkeys(key for key in keys if key is not None))
        rows_by_key = _rows_by_key(self._target, self.get_queryset(), distinct)
        return [rows_by_key.get(key) for key in keys]

    def _posted_key(self, index: int) -> Any:
        """Return the primary key that a form has posted, None for a malformed one."""
        text = self.data.get(f"{self.add_prefix(index)}-{self._key_field}", "")
        try:
            return self._target.parse(text)
        except (ValueError, AttributeError):  # an upload has no split()
            return None

    def initial_form_count(self) -> int:
        """Return the number of forms for rows that exist.

        Since 0.1. Django: ``BaseModelFormSet.initial_form_count``.
        """
        return super().initial_form_count() if self.is_bound else len(self.rows)

    def _known_count(self) -> int:
        return len({id(row) for row in self._posted_rows if row is not None})

    def _row_at(self, index: int | None) -> Any:
        """Return the row of a form; None for an empty form and for a refused key."""
        rows = self._posted_rows if self.is_bound else self.rows
        return rows[index] if index is not None and index < len(rows) else None

    # --- the forms -------------------------------------------------------------------

    def _start_values(self, index: int | None) -> dict[str, Any]:
        row_count = self.initial_form_count()
        initial, row = self.initial or (), self._row_at(index)
        start: dict[str, Any] = dict.fromkeys(self._called_defaults)
        if index is None:
            return {"data": start}
        if index < row_count:
            start = {ORDERING_FIELD_NAME: index + 1}
        elif index - row_count < len(initial):
            start.update(initial[index - row_count])
        return {"data": start, "obj": row}

    def _build_form(self, index: int | None, start: Mapping[str, Any]) -> Any:
        form = super()._build_form(index, start)
        row = self._row_at(index)
        form.instance = new_object(self.model) if row is None else row
        if index is not None and index >= self.initial_form_count():
            self._prepare_new(form.instance)
        if row is not None:
            field = form[self._key_field]
            field.row, key = row, self._target.key_of(row)
            field.data = self._target.text_of(key)
            carry(form, row)
        return form

    def _prepare_new(self, instance: Any) -> None:
        """Set the attributes of a new object that a user must not choose."""
        if self.prepare_new is not None:
            self.prepare_new(instance)

    def add_fields(self, form: Any, index: int | None) -> None:
        """Remove the fields that are not for users; see ``BaseFormSet.add_fields``.

        A hidden field of that name stays: a row may share the key of its parent.

        Since 0.1. Django: ``BaseModelFormSet.add_fields``.
        """
        super().add_fields(form, index)
        remove_fields(form, self.owned)
        if self._limits is not None:
            self._limits.limit_choices(form)

    def keep_within(self, limits: Limits) -> None:
        """Limit the forms, which are made later, to what a view's scope leaves them.

        :param limits: what :func:`~cbv.forms.scoped.limits_of` returns.
        """
        self.owned = (*self.owned, *limits.owned)
        self._limits = limits


def _first_rows(queryset: Any, limit: int) -> list[Any]:
    """Return the first objects of a statement or sequence, at most ``limit``.

    A statement with a LIMIT of its own keeps that, if it is not above ``limit``.
    """
    if not isinstance(queryset, Select):
        return list(queryset[:limit])
    page = queryset if is_limited(queryset) else page_of(queryset, counted=False)
    return reading.scalars(page, {"limit": limit, "offset": 0})[:limit]


def _rows_by_key(target: Target, queryset: Any, keys: Any) -> dict[Any, Any]:
    """Return the objects of a statement or sequence by primary key, for these keys.

    Of a sequence, all objects are returned.
    """
    if isinstance(queryset, Select) and keys:
        search = among(queryset, target.model, target.names, keys)
        queryset = reading.scalars(*search)
    if isinstance(queryset, Select):
        return {}
    return {target.key_of(row): row for row in queryset}


def _with_carried_fields(form: Any, model: Any, key_field: str) -> Any:
    """Return a form class with hidden fields for the primary key and row version."""
    keyed = type(form)(form.__name__, (form,), {key_field: RowKeyField()})
    version = version_name(model)
    return keyed if version is None else versioned(keyed, version)


def _fields_with_called_default(form: Any) -> Iterator[str]:
    """Yield the names of the fields whose default is a function, such as ``uuid4``."""
    for name in dir(form):
        field = getattr(form, name)
        if isinstance(field, UnboundField) and callable(field.kwargs.get("default")):
            yield name

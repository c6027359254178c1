"""The forms of a formset over rows of a table: which rows, and a form for each.

Django: the first half of ``BaseModelFormSet``. A key that is posted is looked up among
the rows that may be edited, all of them in one statement.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any
from typing import ClassVar

from sqlalchemy import Select
from werkzeug.utils import cached_property

from ..db import reading
from ..db.columns import new_object
from ..db.row_keys import among
from ..db.row_keys import is_limited
from ..db.statements import own_queryset
from ..forms.choices import Target
from ..forms.rows import ORDERING_FIELD_NAME
from ..forms.versions import carry
from ..pagination.statements import page_of
from .base import BaseFormSet


class ModelFormList(BaseFormSet):
    """The forms of a formset over rows: which rows, and a form for each."""

    model: ClassVar[Any]
    #: Whether rows can be changed and deleted, but not added.
    edit_only: bool = False
    #: Called with each new object, to set what no form may set.
    prepare_new: Callable[[Any], object] | None = None
    #: Names of fields that no form here has: something else sets those attributes.
    owned: Iterable[str] = ()

    #: How a row is named by its key, and the hidden field that does so.
    _target: ClassVar[Target]
    _key_field: ClassVar[str]
    #: The fields whose defaults a call makes: on empty forms they start empty, for the
    #: next call may make another value, and the form would look as if it were filled.
    _made_anew: ClassVar[tuple[str, ...]]

    def __init__(self, formdata: Any = None, *, queryset: Any = None, **options: Any):
        super().__init__(formdata, **options)
        self.queryset = queryset

    # --- the rows --------------------------------------------------------------------

    def get_queryset(self) -> Any:
        """Return the statement (or sequence) of the rows that may be edited."""
        return own_queryset(self, self.model, self.queryset)

    @cached_property
    def rows(self) -> list[Any]:
        """The rows that are shown: as many as could be posted again."""
        return _first_rows(self.get_queryset(), self.absolute_max)

    @cached_property
    def _posted_rows(self) -> list[Any]:
        """For each form of a row: the row that it names; None where it may not."""
        keys = [self._posted_key(index) for index in range(self.total_form_count())]
        keys = keys[: self.initial_form_count()]
        wanted = list(dict.fromkeys(key for key in keys if key is not None))
        found = _rows_by_key(self._target, self.get_queryset(), wanted)
        return [found.get(key) for key in keys]

    def _posted_key(self, index: int) -> Any:
        text = self.data.get(f"{self.add_prefix(index)}-{self._key_field}", "")
        try:
            return self._target.parse(text)
        except (ValueError, AttributeError):  # an upload has no split()
            return None

    def initial_form_count(self) -> int:
        """Return the number of forms for rows that are there."""
        return super().initial_form_count() if self.is_bound else len(self.rows)

    def _row_at(self, index: int | None) -> Any:
        rows = self._posted_rows if self.is_bound else self.rows
        return rows[index] if index is not None and index < len(rows) else None

    # --- the forms -------------------------------------------------------------------

    def _start_of(self, index: int | None) -> dict[str, Any]:
        first = self.initial_form_count()
        given, row = self.initial or (), self._row_at(index)
        start: dict[str, Any] = dict.fromkeys(self._made_anew)
        if index is None:
            return {"data": start}
        if index < first:
            start = {ORDERING_FIELD_NAME: index + 1}
        elif index - first < len(given):
            start.update(given[index - first])
        return {"data": start, "obj": row}

    def _made_form(self, index: int | None, start: Mapping[str, Any]) -> Any:
        form = super()._made_form(index, start)
        row = self._row_at(index)
        form.instance = new_object(self.model) if row is None else row
        if index is not None and index >= self.initial_form_count():
            self._prepare(form.instance)
        if row is not None:
            field = form[self._key_field]
            field.row, key = row, self._target.key_of(row)
            field.data = ",".join(map(str, key))
            carry(form, row)
        return form

    def _prepare(self, instance: Any) -> None:
        if self.prepare_new is not None:
            self.prepare_new(instance)

    def add_fields(self, form: Any, index: int | None) -> None:
        """Take away what is not for a form to set; see ``BaseFormSet.add_fields``."""
        super().add_fields(form, index)
        for name in self.owned:
            if name in form:
                del form[name]


def _first_rows(queryset: Any, most: int) -> list[Any]:
    if not isinstance(queryset, Select):
        return list(queryset[:most])
    page = queryset if is_limited(queryset) else page_of(queryset, counted=False)
    return reading.scalars(page, {"limit": most, "offset": 0})


def _rows_by_key(target: Target, queryset: Any, keys: Any) -> dict[Any, Any]:
    if isinstance(queryset, Select) and keys:
        search = among(queryset, target.model, target.names, keys)
        queryset = reading.scalars(*search)
    if isinstance(queryset, Select):
        return {}
    return {target.key_of(row): row for row in queryset}

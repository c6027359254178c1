"""FilterMixin: let users filter, search and sort a list by the URL's query string.

Django leaves this to the package django-filter.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request
from sqlalchemy import false
from sqlalchemy import Select
from typing_extensions import TypeVar
from wtforms import Form

from ..db.columns import is_mapped
from ..db.ordering import ordered
from ..db.search import search_of
from ..db.statements import entity_of
from ..db.statements import own_queryset
from ..exceptions import misconfigured
from ..forms.filters import check_filterable
from ..forms.filters import filter_field
from ..forms.filters import SearchFilter
from ..forms.scoped import limits_of
from .list import MultipleObjectMixin
from .listing import column_head
from .listing import ColumnHead
from .listing import sort_name
from .plan import is_overridden

M = TypeVar("M", default=Any)


class FilterMixin(MultipleObjectMixin[M]):
    """Let users filter, search and sort a list by the query string of its URL.

    ``?author_id=3`` filters by a column (given twice: rows with either value),
    ``?q=word`` searches texts, ``?ordering=-title`` sorts. Only names in
    ``filter_fields`` and ``ordering_fields`` have an effect. A value that does not fit
    its column is an error in the filter form, and the list is empty.

    Context: ``filter_form``, a WTForms form, and ``column_heads``, a list of
    ``ColumnHead``. ``querystring(page=2)`` in a template is a link to another page with
    the same filters, search and order.

    Since 0.1. django-filter: ``FilterView``; Django's admin: ``list_filter``,
    ``search_fields``.
    """

    #: Names of the columns and relationships that users can filter by.
    filter_fields: Sequence[str] = ()
    #: Names of the text columns to search; dotted names go through relationships.
    search_fields: Sequence[str] = ()
    #: Names of the columns that users can sort by.
    ordering_fields: Sequence[str] = ()
    #: The name of the query value with the words to search for.
    search_kwarg: str = "q"
    #: The name of the query value with the column to sort by, ``-`` for descending.
    ordering_kwarg: str = "ordering"

    #: The filter form of this request; None until the rows are loaded.
    filter_form: Any = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if is_mapped(cls.model) and isinstance(cls.filter_fields, (list, tuple)):
            for name in cls.filter_fields:
                check_filterable(cls, cls.model, name)

    def _check_setup(self) -> None:
        super()._check_setup()
        other_values = {self.search_kwarg, self.ordering_kwarg, self.page_kwarg}
        for name in other_values.intersection(self.filter_fields):
            problem = f"has filter_fields with {name!r}, which has another meaning"
            raise misconfigured(self, problem, "set page_kwarg, search_kwarg …")
        source = self.queryset
        model = entity_of(source) if isinstance(source, Select) else self.model
        if model is not None:
            if not is_overridden(self, "get_filter_form_class"):
                self.get_filter_form_class(model)
            declared = own_queryset(self, model, source)
            ordered(self, declared, tuple(self.ordering_fields))

    def filter_queryset(self, queryset: Any) -> Any:
        """Return the statement filtered and sorted by the query string.

        :raises ImproperlyConfigured: for a sequence, or a ``select()`` of columns.

        Since 0.1.
        """
        model = entity_of(queryset) if isinstance(queryset, Select) else None
        if model is None:
            problem = "filters, but has no statement that selects one mapped class"
            raise misconfigured(self, problem, "give a select() of a mapped class")
        self.filter_form = self.get_filter_form_class(model)(request.args)
        limits_of(self, model).limit_choices(self.filter_form)
        queryset = ordered(self, queryset, self.get_asked_ordering())
        if not self.filter_form.validate():
            return queryset.where(false())
        for field in self.filter_form:
            if criteria := field.criteria(queryset):
                queryset = queryset.where(*criteria)
        return queryset

    def get_filter_form_class(self, model: Any) -> type[Form]:
        """Return the class of the filter form: a field for each filter and the search.

        Since 0.1. django-filter: ``get_filterset_class``.
        """
        names, searched = self.filter_fields, self.search_fields

        def make() -> type[Form]:
            fields = {name: filter_field(self, model, name) for name in names}
            if searched:
                search = search_of(self, model, searched)
                fields[self.search_kwarg] = SearchFilter(search=search)
            return type("FilterForm", (Form,), fields)

        return self._plan.once("filter form", make, model, names, searched)

    def get_asked_ordering(self) -> str | None:
        """Return the column to sort by from the query string, ``-`` for descending.

        None without one, and for a name that is not in ``ordering_fields``.

        Since 0.1.
        """
        name = request.args.get(self.ordering_kwarg, "")
        return name if name.removeprefix("-") in self.ordering_fields else None

    def get_allow_empty(self) -> bool:
        """Tell whether an empty list is shown: always when the filter form has errors.

        Since 0.1.
        """
        errors = self.filter_form is not None and self.filter_form.errors
        return bool(errors) or super().get_allow_empty()

    def get_column_heads(self) -> list[ColumnHead]:
        """Return a table head for each column in ``ordering_fields``.

        Since 0.1.
        """
        ordering = sort_name(self.get_asked_ordering() or self.get_ordering())
        return [column_head(self, name, ordering) for name in self.ordering_fields]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add ``filter_form`` and ``column_heads`` to the template context.

        Since 0.1.
        """
        context = super().get_context_data(**kwargs)
        context.setdefault("filter_form", self.filter_form)
        context.setdefault("column_heads", self.get_column_heads())
        return context

"""MultipleObjectMixin, ListView and FilterMixin: rows, whole, in pages or narrowed.

Django: ``django.views.generic.list``; it leaves filters to django-filter.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from typing import Generic
from typing import NamedTuple

from flask import abort
from flask import Request
from flask import request
from sqlalchemy import false
from sqlalchemy import Select
from typing_extensions import TypeVar
from werkzeug.utils import cached_property
from wtforms import Form

from ..db import reading
from ..db.ordering import ordered
from ..db.statements import checked
from ..db.statements import entity_of
from ..db.statements import finished
from ..db.statements import own_queryset
from ..exceptions import misconfigured
from ..forms.filters import filter_field
from ..forms.filters import search_in
from ..forms.filters import SearchFilter
from ..forms.model_fields import label_of
from ..pagination.paginator import InvalidPage
from ..pagination.paginator import Page
from ..pagination.paginator import page_size
from ..pagination.paginator import Paginator
from ..urls.paths import querystring
from .base import TemplateView
from .base import View
from .detail import default_name
from .plan import is_overridden

M = TypeVar("M", default=Any)


class Listing(NamedTuple):
    """What a list view shows: the rows, and their page if there are pages."""

    queryset: Any
    rows: Any
    paginator: Any = None
    page: Any = None
    is_paginated: bool = False


class MultipleObjectMixin(View, Generic[M]):
    """Load a list of objects, in pages if ``paginate_by`` is set.

    Since 0.1. Django: ``MultipleObjectMixin``.
    """

    #: The mapped class; ``ListView[Post]`` sets it.
    model: type[M] | None = None
    #: The statement (or sequence) to list, instead of all rows of the model.
    queryset: Any = None
    #: A criterion, or a list of them, that every row must meet.
    scope: Any = None
    #: Names of relationships (dotted paths too) to load with the rows.
    related: Any = ()
    #: Column names (``-`` for descending) or SQLAlchemy expressions.
    ordering: Any = None
    #: Whether an empty list is shown; else it is a 404.
    allow_empty: bool = True
    #: Rows on a page; None for no pages.
    paginate_by: int | None = None
    #: The query value that may ask for another size of page; None for none.
    page_size_kwarg: str | None = None
    #: The greatest size that may be asked for.
    max_page_size: int = 100
    #: ``"exact"``, or ``"none"`` to have no COUNT: pages know only of the next one.
    count: str = "exact"
    #: So many rows or fewer do not get a last page of their own.
    paginate_orphans: int = 0
    #: The name of the list in the template; else ``<model>_list``.
    context_object_name: str | None = None
    paginator_class: type[Paginator] = Paginator
    #: The URL or query value that holds the number of the page.
    page_kwarg: str = "page"

    def _check_setup(self) -> None:
        super()._check_setup()
        if self.count not in ("exact", "none"):
            problem = f"has count = {self.count!r}"
            raise misconfigured(self, problem, 'set count to "exact" or "none"')
        if not any(
            is_overridden(self, hook)
            for hook in ("get_queryset", "setup", "dispatch_request", "get")
        ):
            own_queryset(self, self.model, self.queryset)

    # --- in the order in which a request meets them ----------------------------------

    @property
    def object_list(self) -> list[M]:
        """The rows that this request shows: all of them, or those of its page."""
        return self._listing.rows  # type: ignore[no-any-return]

    @object_list.setter
    def object_list(self, value: Any) -> None:
        self.__dict__["_given"] = value
        self.__dict__.pop("_listing", None)

    @cached_property
    def _listing(self) -> Listing:
        given = self.__dict__.get("_given")
        return self._listed(self.get_queryset() if given is None else given)

    def _listed(self, queryset: Any) -> Listing:
        """Load what a query source holds, in scope."""
        queryset = finished(self, queryset, self.scope, self.related)
        queryset = self.filter_queryset(queryset)
        page_size = self.get_paginate_by(queryset)
        if page_size:
            paginator, page, rows, many = self.paginate_queryset(queryset, page_size)
            return Listing(queryset, rows, paginator, page, many)
        if isinstance(queryset, Select):
            rows = reading.fetch(queryset)
        else:
            rows = checked(self, queryset)
        if not rows and not self.get_allow_empty():
            abort(404, description=f"The list of {type(self).__name__} is empty")
        return Listing(queryset, rows)

    def get_queryset(self) -> Any:
        """Return the statement to list, in order.

        The scope and the related rows are added to whatever this returns.

        Since 0.1. Django: ``MultipleObjectMixin.get_queryset``.
        """
        model, queryset = self.model, self.queryset
        own = self._plan.once(
            "list", lambda: own_queryset(self, model, queryset), model, queryset
        )
        return ordered(self, own, self.get_ordering())

    def filter_queryset(self, queryset: Any) -> Any:
        """Return what is listed of a statement in scope; FilterMixin narrows it.

        Since 0.1. django-filter has the name.
        """
        return queryset

    def get_ordering(self) -> Any:
        """Return the column names or expressions to sort by, None to leave it."""
        return self.ordering

    def get_paginate_by(self, queryset: Any) -> int | None:
        """Return the number of rows on a page, None for no pages.

        What ``page_size_kwarg`` asks for, up to ``max_page_size``, else
        ``paginate_by``.
        """
        asked = request.args.get(self.page_size_kwarg) if self.page_size_kwarg else None
        return page_size(asked, self.max_page_size) or self.paginate_by

    def paginate_queryset(
        self, queryset: Any, page_size: int
    ) -> tuple[Paginator, Page, list[M], bool]:
        """Return the paginator, the page, its rows, and whether there are others.

        :raises werkzeug.exceptions.NotFound: for a page that is not there.

        Since 0.1. Django: ``MultipleObjectMixin.paginate_queryset``.
        """
        options = {} if self.count == "exact" else {"counted": False}
        paginator = self.get_paginator(
            queryset,
            page_size,
            orphans=self.get_paginate_orphans(),
            allow_empty_first_page=self.get_allow_empty(),
            **options,
        )
        try:
            page = paginator.page_for(self._url_value, self.page_kwarg)
        except InvalidPage as error:
            abort(404, description=f"Invalid page: {error}")
        return paginator, page, page.object_list, page.has_other_pages()

    def _url_value(self, name: str) -> Any:
        """Return a value of the route, else of the query, else None."""
        found = self.kwargs.get(name)
        if found is not None:
            return found
        current: Request = request._get_current_object()  # type: ignore[attr-defined]
        return current.args.get(name)

    def get_paginator(
        self,
        queryset: Any,
        per_page: int,
        orphans: int = 0,
        allow_empty_first_page: bool = True,
        **kwargs: Any,
    ) -> Paginator:
        """Return the paginator for a query source."""
        return self.paginator_class(
            queryset,
            per_page,
            orphans=orphans,
            allow_empty_first_page=allow_empty_first_page,
            **kwargs,
        )

    def get_paginate_orphans(self) -> int:
        """Return how few rows do not get a last page of their own."""
        return self.paginate_orphans

    def get_allow_empty(self) -> bool:
        """Tell whether an empty list is shown; else it is a 404."""
        return self.allow_empty

    def get_context_object_name(self, object_list: Any) -> str | None:
        """Return the name of the list in the template, None for ``object_list`` alone.

        :param object_list: the statement or sequence that was listed.
        """
        if self.context_object_name is not None:
            return self.context_object_name
        model = entity_of(object_list)
        return None if model is None else default_name(self, model, "_list")

    def get_context_data(
        self, *, object_list: Any = None, **kwargs: Any
    ) -> dict[str, Any]:
        """Add the rows and their page.

        ``object_list``, the same list as ``<model>_list``, and ``paginator``,
        ``page_obj`` (None without pages), ``is_paginated``.

        :param object_list: a statement or sequence to list instead.
        """
        if object_list is not None:
            self.object_list = object_list
        listing = self._listing
        context = {
            "paginator": listing.paginator,
            "page_obj": listing.page,
            "is_paginated": listing.is_paginated,
            "object_list": listing.rows,
        }
        name = self.get_context_object_name(listing.queryset)
        if name:
            context[name] = listing.rows
        context.update(kwargs)
        return super().get_context_data(**context)


class ListView(MultipleObjectMixin[M], TemplateView):
    """List objects.

    Context: ``object_list`` (also as ``<model>_list``), ``page_obj``, ``paginator``,
    ``is_paginated``.

    Since 0.1. Django: ``ListView``.
    """

    template_name_suffix = "_list"

    def _template_model(self) -> type | None:
        return entity_of(self._listing.queryset) or self.model


class ColumnHead(NamedTuple):
    """The head of a column that a list can be sorted by."""

    name: str
    label: str
    #: What ``aria-sort`` says: ``ascending``, ``descending`` or ``none``.
    sort: str
    #: The address that sorts by it, the other way where it is sorted by it already.
    url: str


class FilterMixin(MultipleObjectMixin[M]):
    """Let the query narrow and sort a list, by listed names only.

    ``?author_id=3`` filters (repeated: any of the values), ``?q=word`` searches,
    ``?ordering=-title`` sorts. A name that is not listed has no effect; a value that a
    column cannot hold is an error in the form, over an empty list.

    Context: ``filter_form``, a WTForms form, and ``column_heads``. Links to other pages
    keep it all by ``querystring(page=2)``.

    Since 0.1.
    """

    #: Names of columns and relationships.
    filter_fields: Sequence[str] = ()
    #: Names of text columns, dotted through relationships.
    search_fields: Sequence[str] = ()
    #: Names of columns.
    ordering_fields: Sequence[str] = ()
    #: The query value that holds the words to search for.
    search_kwarg: str = "q"
    #: The query value that holds the name to sort by, ``-`` for descending.
    ordering_kwarg: str = "ordering"

    #: The form of this request, once the list was asked for.
    filter_form: Any = None

    def _check_setup(self) -> None:
        super()._check_setup()
        taken = {self.search_kwarg, self.ordering_kwarg, self.page_kwarg}
        for name in taken.intersection(self.filter_fields):
            problem = f"has filter_fields with {name!r}, which has another meaning"
            raise misconfigured(self, problem, "set page_kwarg, search_kwarg …")
        if self.model is not None:
            self.get_filter_form_class(self.model)
            own = own_queryset(self, self.model, self.queryset)
            ordered(self, own, tuple(self.ordering_fields))

    def filter_queryset(self, queryset: Any) -> Any:
        """Narrow and sort the statement by what the query asks for."""
        model = entity_of(queryset) if isinstance(queryset, Select) else None
        if model is None:
            problem = "filters, but has no statement that selects one mapped class"
            raise misconfigured(self, problem, "give a select() of a mapped class")
        form: Any = self.get_filter_form_class(model)(request.args)
        self.filter_form = form
        queryset = ordered(self, queryset, self.get_asked_ordering())
        if not form.validate():
            return queryset.where(false())
        criteria = [c for field in form for c in field.criteria()]
        return queryset.where(*criteria) if criteria else queryset

    def get_filter_form_class(self, model: Any) -> type[Form]:
        """Return the class of the filter form, made once."""
        names, searched = self.filter_fields, self.search_fields

        def make() -> type[Form]:
            fields = {name: filter_field(self, model, name) for name in names}
            if searched:
                contains = [search_in(self, model, path) for path in searched]
                fields[self.search_kwarg] = SearchFilter(contains=contains)
            return type("FilterForm", (Form,), fields)

        return self._plan.once("filter form", make, model, names, searched)

    def get_asked_ordering(self) -> str | None:
        """Return the name that the query asks to sort by, None unless it is listed."""
        asked = request.args.get(self.ordering_kwarg, "")
        return asked if asked.removeprefix("-") in self.ordering_fields else None

    def get_allow_empty(self) -> bool:
        """Tell whether an empty list is shown; one with errors always is."""
        wrong = self.filter_form is not None and self.filter_form.errors
        return bool(wrong) or super().get_allow_empty()

    def get_column_heads(self) -> list[ColumnHead]:
        """Return the heads of the columns that the list can be sorted by."""
        now = self.get_asked_ordering() or self.get_ordering()
        now = now[0] if isinstance(now, (list, tuple)) and now else now
        return [self._column_head(name, now) for name in self.ordering_fields]

    def _column_head(self, name: str, now: Any) -> ColumnHead:
        up, down = isinstance(now, str) and now == name, now == f"-{name}"
        sort = "ascending" if up else "descending" if down else "none"
        changes: dict[str, Any] = {self.page_kwarg: None, "after": None, "before": None}
        changes[self.ordering_kwarg] = f"-{name}" if up else name
        return ColumnHead(name, label_of(name), sort, querystring(**changes))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add ``filter_form`` and ``column_heads``."""
        context = super().get_context_data(**kwargs)
        context.setdefault("filter_form", self.filter_form)
        context.setdefault("column_heads", self.get_column_heads())
        return context

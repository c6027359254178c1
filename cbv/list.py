"""MultipleObjectMixin and ListView: rows of a statement, whole or in pages.

Django: ``django.views.generic.list``.
"""

from __future__ import annotations

from typing import Any
from typing import Generic
from typing import NamedTuple

from flask import abort
from flask import request
from sqlalchemy import Select
from typing_extensions import TypeVar
from werkzeug.utils import cached_property

from . import db
from .base import TemplateView
from .base import View
from .detail import default_name
from .exceptions import misconfigured
from .ordering import ordered
from .paginator import InvalidPage
from .paginator import Page
from .paginator import page_size
from .paginator import Paginator
from .plan import is_overridden
from .statements import checked
from .statements import entity_of
from .statements import finished
from .statements import own_queryset

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
        page_size = self.get_paginate_by(queryset)
        if page_size:
            paginator, page, rows, many = self.paginate_queryset(queryset, page_size)
            return Listing(queryset, rows, paginator, page, many)
        if isinstance(queryset, Select):
            rows = db.fetch(queryset)
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
        return request.args.get(name) if found is None else found

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

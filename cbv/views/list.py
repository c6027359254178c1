"""MultipleObjectMixin and ListView: show the rows of a table, whole or in pages.

Django: ``django.views.generic.list``.
"""

from __future__ import annotations

from typing import Any
from typing import Generic

from flask import abort
from flask import request
from sqlalchemy import Select
from typing_extensions import TypeVar
from werkzeug.utils import cached_property

from ..db import reading
from ..db.ordering import ordered
from ..db.scopes import check_scope
from ..db.statements import checked
from ..db.statements import entity_of
from ..db.statements import finished
from ..db.statements import own_queryset
from ..exceptions import misconfigured
from ..pagination.page import InvalidPage
from ..pagination.page import Page
from ..pagination.paginator import page_size
from ..pagination.paginator import Paginator
from .base import TemplateView
from .base import View
from .context import default_name
from .listing import Listing
from .listing import no_such_page
from .plan import is_overridden

M = TypeVar("M", default=Any)


class MultipleObjectMixin(View, Generic[M]):
    """Load the rows of a list, or those of one page when ``paginate_by`` is set.

    Since 0.1. Django: ``MultipleObjectMixin``.
    """

    #: The mapped class; ``ListView[Post]`` sets it to ``Post``.
    model: type[M] | None = None
    #: The ``select()`` (or sequence) to list; None for all rows of the model.
    queryset: Any = None
    #: A SQLAlchemy criterion, or a list of them, that every row must meet.
    scope: Any = None
    #: Names of relationships to load with the rows; dotted names go through several.
    related: Any = ()
    #: One or several column names (``-`` first for descending) or SQL expressions.
    ordering: Any = None
    #: Whether an empty list is shown; otherwise it is a 404.
    allow_empty: bool = True
    #: The number of rows on a page; None for one page with all rows.
    paginate_by: int | None = None
    #: The query value with which a user sets the rows per page; None to offer none.
    page_size_kwarg: str | None = None
    #: The largest number of rows per page that a user can set.
    max_page_size: int = 100
    #: ``"exact"``, or ``"none"`` for no COUNT statement: then a page only knows
    #: whether another one follows.
    count: str = "exact"
    #: A last page with at most this many rows is joined to the page before it.
    paginate_orphans: int = 0
    #: The name of the list in the template; None for ``<model>_list``.
    context_object_name: str | None = None
    #: The class of the paginator, which cuts the list into pages.
    paginator_class: type[Paginator] = Paginator
    #: The name of the URL value or query value with the number of the page.
    page_kwarg: str = "page"

    def _check_setup(self) -> None:
        super()._check_setup()
        if self.count not in ("exact", "none"):
            problem = f"has count = {self.count!r}"
            raise misconfigured(self, problem, 'set count to "exact" or "none"')
        hooks = ("get_queryset", "setup", "dispatch_request", "get")
        if not any(is_overridden(self, hook) for hook in hooks):
            declared = own_queryset(self, self.model, self.queryset)
            if not is_overridden(self, "get_ordering"):
                ordered(self, declared, self.ordering)
            check_scope(self, declared, self.scope)

    # --- in the order in which a request calls them ----------------------------------

    @property
    def object_list(self) -> list[M]:
        """The rows that this request shows: all rows, or those of its page.

        Set it to a statement or a sequence to list that instead.
        """
        return self._listing.rows  # type: ignore[no-any-return]

    @object_list.setter
    def object_list(self, value: Any) -> None:
        if value is not self.__dict__.get("_replaced_queryset"):
            self.__dict__.pop("_listing", None)
        self.__dict__["_replaced_queryset"] = value

    @cached_property
    def _listing(self) -> Listing:
        """The rows of this request and their page, loaded when they are first used."""
        replaced = self.__dict__.get("_replaced_queryset")
        return self._listed(self.get_queryset() if replaced is None else replaced)

    def _listed(self, queryset: Any) -> Listing:
        """Add scope, filters and pages to a statement (or sequence); load its rows."""
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
        """Return the ``select()`` (or sequence) to list, in its order.

        cbv adds the view's ``scope`` and ``related`` to the statement that an override
        returns, so that an override cannot lose them.

        Since 0.1. Django: ``MultipleObjectMixin.get_queryset``.
        """
        model, queryset = self.model, self.queryset
        declared = self._plan.once(
            "list", lambda: own_queryset(self, model, queryset), model, queryset
        )
        return ordered(self, declared, self.get_ordering())

    def filter_queryset(self, queryset: Any) -> Any:
        """Return the statement with further filters: here none; a hook.

        :param queryset: the statement to list, with the view's scope.

        Since 0.1. The name is django-filter's and Django REST framework's.
        """
        return queryset

    def get_ordering(self) -> Any:
        """Return the names or expressions to sort by, or None to keep the order.

        Since 0.1. Django: ``MultipleObjectMixin.get_ordering``.
        """
        return self.ordering

    def get_paginate_by(self, queryset: Any) -> int | None:
        """Return the number of rows on a page, or None for one page with all rows.

        The query value ``page_size_kwarg``, at most ``max_page_size``; without one,
        ``paginate_by``.

        Since 0.1. Django: ``MultipleObjectMixin.get_paginate_by``.
        """
        size = request.args.get(self.page_size_kwarg) if self.page_size_kwarg else None
        return page_size(size, self.max_page_size) or self.paginate_by

    def paginate_queryset(
        self, queryset: Any, page_size: int
    ) -> tuple[Paginator, Page, list[M], bool]:
        """Return the paginator, the page, its rows, and whether there are other pages.

        :param page_size: the number of rows on a page.
        :raises werkzeug.exceptions.NotFound: for a page that does not exist.

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
            abort(404, no_such_page(self._url_value(self.page_kwarg), error))
        return paginator, page, page.object_list, page.has_other_pages()

    def _url_value(self, name: str) -> Any:
        """Return the URL value of a name, else the query value, else None."""
        value = self.kwargs.get(name)
        return request.args.get(name) if value is None else value

    def get_paginator(
        self,
        queryset: Any,
        per_page: int,
        orphans: int = 0,
        allow_empty_first_page: bool = True,
        **kwargs: Any,
    ) -> Paginator:
        """Return a paginator, which cuts a statement or sequence into pages.

        :param per_page: the number of rows on a page.
        :param orphans: a last page with at most this many rows joins the one before.
        :param allow_empty_first_page: whether an empty list has a first page.

        Since 0.1. Django: ``MultipleObjectMixin.get_paginator``.
        """
        return self.paginator_class(
            queryset,
            per_page,
            orphans=orphans,
            allow_empty_first_page=allow_empty_first_page,
            **kwargs,
        )

    def get_paginate_orphans(self) -> int:
        """Return how many rows at most a last page shares with the one before it.

        Since 0.1. Django: ``MultipleObjectMixin.get_paginate_orphans``.
        """
        return self.paginate_orphans

    def get_allow_empty(self) -> bool:
        """Tell whether an empty list is shown; otherwise it is a 404.

        Since 0.1. Django: ``MultipleObjectMixin.get_allow_empty``.
        """
        return self.allow_empty

    def get_context_object_name(self, object_list: Any) -> str | None:
        """Return a second name for the list in the template, beside ``object_list``.

        :param object_list: the statement or sequence whose rows are shown.
        :return: ``context_object_name``, else ``<model>_list``; None without a model.

        Since 0.1. Django: ``MultipleObjectMixin.get_context_object_name``.
        """
        if self.context_object_name is not None:
            return self.context_object_name
        model = entity_of(object_list)
        return None if model is None else default_name(self, model, "_list")

    def get_context_data(
        self, *, object_list: Any = None, **kwargs: Any
    ) -> dict[str, Any]:
        """Add the rows and their page to the template context.

        The rows are ``object_list``, and the same list as ``<model>_list``. The page is
        ``page_obj``, with ``paginator`` (both None without pages) and ``is_paginated``.

        :param object_list: a statement or sequence to list instead.

        Since 0.1. Django: ``MultipleObjectMixin.get_context_data``.
        """
        if object_list is not None:
            self.object_list = object_list
        listing = self._listing
        context = listing.context()
        name = self.get_context_object_name(listing.queryset)
        if name:
            context[name] = listing.rows
        context.update(kwargs)
        return super().get_context_data(**context)


class ListView(MultipleObjectMixin[M], TemplateView):
    """Show a list of objects in a template, in pages when ``paginate_by`` is set.

    Context: ``object_list`` (also as ``<model>_list``), ``page_obj``, ``paginator``,
    ``is_paginated``.

    Since 0.1. Django: ``ListView``.
    """

    template_name_suffix = "_list"

    def _template_model(self) -> type | None:
        return entity_of(self._listing.queryset) or self.model

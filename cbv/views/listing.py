"""The values that a list view hands to its template: its rows, and its column heads.

They are plain values: loading the rows and reading the query string is the business of
the views in ``list.py``.
"""

from __future__ import annotations

from typing import Any
from typing import NamedTuple

from ..forms.model_fields import label_of
from ..urls.query import querystring


class Listing(NamedTuple):
    """The rows that a list view shows, and their page if the list has pages."""

    #: The statement (or sequence) that the rows were loaded from.
    queryset: Any
    #: The rows of this page, or all rows of a list without pages.
    rows: Any
    paginator: Any = None
    page: Any = None
    #: Whether the list has more than this one page.
    is_paginated: bool = False

    def context(self) -> dict[str, Any]:
        """Return the rows and their page under the names that templates know."""
        return {
            "paginator": self.paginator,
            "page_obj": self.page,
            "is_paginated": self.is_paginated,
            "object_list": self.rows,
        }


class ColumnHead(NamedTuple):
    """The head of a table column by which the user can sort a list."""

    #: The name of the column.
    name: str
    #: The text to show.
    label: str
    #: The value of ``aria-sort``: ``ascending``, ``descending`` or ``none``.
    sort: str
    #: The address of the list sorted by this column; of the list in descending order
    #: where it is sorted by this column in ascending order already.
    url: str


def column_head(view: Any, name: str, ordering: Any) -> ColumnHead:
    """Return the head of one column of a list.

    :param view: the list view, with the names of its query values.
    :param name: the name of the column.
    :param ordering: the name that the list is sorted by, ``-`` first for descending; or
        an SQL expression, which is none of the columns.
    """
    is_ascending = isinstance(ordering, str) and ordering == name
    is_descending = ordering == f"-{name}"
    sort = "ascending" if is_ascending else "descending" if is_descending else "none"
    # In another order the rows of this page are others: the link goes to the first one.
    first = 1 if view.page_kwarg in view.kwargs else None
    changes: dict[str, Any] = {view.page_kwarg: first, "after": None, "before": None}
    changes[view.ordering_kwarg] = f"-{name}" if is_ascending else name
    return ColumnHead(name, label_of(name), sort, querystring(**changes))


def sort_name(ordering: Any) -> Any:
    """Return the first of several names or expressions to sort by, or the only one."""
    if isinstance(ordering, (list, tuple)) and ordering:
        return ordering[0]
    return ordering


def no_such_page(number: Any, error: Exception) -> str:
    """Return the text of the 404 for a page; it names the number in the URL, if any.

    :param number: what the URL asked for; a long text is cut.
    :param error: the paginator's error.
    """
    named = f" ({str(number)[:20]})" if number else ""
    return f"Invalid page{named}: {error}"

"""Divide the rows of a statement, or a sequence, into pages.

:class:`Paginator` numbers its pages; :class:`KeysetPaginator` finds a page by the sort
values of the row before it. Django: ``django.core.paginator``, which has the first.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any
from typing import TYPE_CHECKING

from .page import EmptyPage
from .page import InvalidPage
from .page import Page
from .page import PageNotAnInteger
from .paginator import Paginator
from .paginator import UnorderedObjectListWarning

if TYPE_CHECKING:
    from .keyset import KeysetPage
    from .keyset import KeysetPaginator

__all__ = [
    "EmptyPage",
    "InvalidPage",
    "KeysetPage",
    "KeysetPaginator",
    "Page",
    "PageNotAnInteger",
    "Paginator",
    "UnorderedObjectListWarning",
]


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """Import the pages by key when one of their names is first asked for."""
        if name not in ("KeysetPage", "KeysetPaginator"):
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(".keyset", __name__), name)

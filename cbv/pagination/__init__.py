"""Divide the rows of a statement, or a sequence, into pages.

:class:`Paginator` numbers its pages; :class:`KeysetPaginator` finds a page by the sort
values of the row before it. Django: ``django.core.paginator``, which has the first.
"""

from __future__ import annotations

from .keyset import KeysetPage
from .keyset import KeysetPaginator
from .paginator import EmptyPage
from .paginator import InvalidPage
from .paginator import Page
from .paginator import PageNotAnInteger
from .paginator import Paginator
from .paginator import UnorderedObjectListWarning

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

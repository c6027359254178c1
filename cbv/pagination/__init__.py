"""Pages of a statement or a sequence, by number or by key.

Django: ``django.core.paginator``; it has no pages by key.
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

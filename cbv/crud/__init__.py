"""CRUDView: the five pages of one model, declared in one class.

A subclass of :class:`CRUDView` becomes a list, a create, a detail, an update and a
delete view, and a Flask blueprint that registers them. :func:`action` adds further
views. Django has nothing like it; the name comes from neapolitan's ``CRUDView``.
"""

from __future__ import annotations

from .blueprint import CRUDView
from .views import action

__all__ = [
    "CRUDView",
    "action",
]

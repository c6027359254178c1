"""Five views and a blueprint from one declaration.

Django has no counterpart; neapolitan's ``CRUDView`` has the name.
"""

from __future__ import annotations

from .blueprint import CRUDView
from .views import action

__all__ = [
    "CRUDView",
    "action",
]

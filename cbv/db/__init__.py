"""Read rows, save and delete objects, and end the transaction of a request.

All of it happens in the application's SQLAlchemy session, which no other package of cbv
touches. Django spreads this over querysets, ``Model.save`` and
``django.db.transaction``.
"""

from __future__ import annotations

from .reading import count
from .reading import exists
from .reading import fetch
from .reading import find
from .reading import get_list_or_404
from .reading import get_object_or_404
from .reading import rows
from .reading import scalar
from .reading import scalars
from .request_values import per_request
from .request_values import url_value
from .session import bind_session
from .session import opened_sessions
from .session import session
from .unit import on_commit
from .unit import set_rollback
from .unit import Unit
from .writing import commit
from .writing import delete
from .writing import discard_changes
from .writing import rollback
from .writing import save
from .writing import SAVE_ERRORS
from .writing import unflushed

__all__ = [
    "SAVE_ERRORS",
    "Unit",
    "bind_session",
    "commit",
    "count",
    "delete",
    "discard_changes",
    "exists",
    "fetch",
    "find",
    "get_list_or_404",
    "get_object_or_404",
    "on_commit",
    "opened_sessions",
    "per_request",
    "rollback",
    "rows",
    "save",
    "scalar",
    "scalars",
    "session",
    "set_rollback",
    "unflushed",
    "url_value",
]

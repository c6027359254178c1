"""Callbacks after the commit of a request, and the mark that forces its rollback.

Only records them: the dispatcher (:mod:`cbv.views.dispatch`) commits, rolls back and
calls the callbacks. Import the functions from :mod:`cbv.db`. Django:
``transaction.on_commit`` and ``transaction.set_rollback``.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import g
from flask import has_app_context


class Unit:
    """The work of one request that is committed, or rolled back, as a whole.

    The dispatcher keeps it on ``g.cbv`` while a view answers.

    Since 0.1.
    """

    #: Whether the view is still at work; afterwards callbacks are called at once.
    running: bool = True
    #: Whether the dispatcher must roll back instead of committing.
    doomed: bool = False
    #: The functions to call after the commit; None if there are none.
    waiting: list[Callable[[], object]] | None = None


def is_running() -> bool:
    """Tell whether a view is at work, whose dispatcher will commit.

    Since 0.1.
    """
    return _running_unit() is not None


def _running_unit() -> Unit | None:
    unit = g.get("cbv") if has_app_context() else None
    return unit if isinstance(unit, Unit) and unit.running else None


def on_commit(function: Callable[[], object]) -> None:
    """Call ``function`` after the dispatcher's commit, never after a rollback.

    A view that does not commit (in a GET, or with ``atomic = False``) calls it after an
    answer with a status below 400. An error that it raises is logged: the answer stays,
    as what was saved does, and the next function is called. Outside a view it is called
    at once, and raises its errors.

    :param function: takes no argument; its result is ignored.

    Since 0.1. Django: ``django.db.transaction.on_commit`` with ``robust=True``.
    """
    unit = _running_unit()
    if unit is None:
        function()
    else:
        unit.waiting = [] if unit.waiting is None else unit.waiting
        unit.waiting.append(function)


def set_rollback() -> None:
    """Have the dispatcher roll the request back even if its status is below 400.

    Without effect outside a view.

    Since 0.1. Django: ``django.db.transaction.set_rollback``.
    """
    unit = _running_unit()
    if unit is not None:
        unit.doomed = True

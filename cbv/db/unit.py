"""One request's unit of work: what waits for its commit, and whether it may be.

Django: ``transaction.on_commit`` and ``transaction.set_rollback``, which
:mod:`cbv.db` offers too. No session here.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import g
from flask import has_app_context


class Unit:
    """One request's unit of work: what waits for its commit, and whether it may be."""

    running: bool = True
    doomed: bool = False
    waiting: list[Callable[[], object]] | None = None


def _unit() -> Unit | None:
    found = g.get("cbv") if has_app_context() else None
    return found if isinstance(found, Unit) and found.running else None


def on_commit(function: Callable[[], object]) -> None:
    """Call ``function`` after the dispatcher's commit, never after a rollback.

    With safe verbs and ``atomic = False`` it is called after a handler that ended
    under 400; outside a view at once.

    Since 0.1. Django: ``django.db.transaction.on_commit``.
    """
    unit = _unit()
    if unit is None:
        function()
    else:
        unit.waiting = [] if unit.waiting is None else unit.waiting
        unit.waiting.append(function)


def set_rollback() -> None:
    """Have the dispatcher roll back although the answer's status is under 400.

    Since 0.1. Django: ``django.db.transaction.set_rollback``.
    """
    unit = _unit()
    if unit is not None:
        unit.doomed = True

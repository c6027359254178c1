"""One request, from the view function to the answer: guards, handler, one commit.

Django: ``View.as_view``'s inner function, the CSRF and transaction wrappers around it.
"""

from __future__ import annotations

import warnings
from typing import Any

from flask import after_this_request
from flask import g
from flask import has_request_context
from flask import make_response
from flask import request
from flask import Response
from flask.typing import ResponseReturnValue
from werkzeug.local import LocalProxy

from . import csrf
from . import db
from .exceptions import misconfigured
from .exceptions import UnsavedChangesWarning


class Record(db.Unit):
    """What cbv keeps on ``g.cbv`` while a view answers: the view and its context."""

    def __init__(self, view: Any) -> None:
        super().__init__()
        self.view = view
        self.context: dict[str, Any] = {}
        self.request: Any = request._get_current_object()  # type: ignore[attr-defined]


def respond(view: Any, url_values: dict[str, Any]) -> ResponseReturnValue:
    """Have a view answer this request: set-up, guards, handler, commit or rollback.

    A view called by another view's handler leaves the commit to the outer one.
    """
    outer = g.get("cbv")
    record = g.cbv = Record(view)
    nested = outer is not None and outer.running and outer.request is record.request
    if nested:
        record.waiting = outer.waiting
    try:
        answer = _answer(view, record, url_values)
        return answer if nested else _settle(view, record, answer)
    except BaseException:
        record.doomed = True
        db.rollback()
        raise
    finally:
        record.running = False
        if nested:
            outer.doomed = outer.doomed or record.doomed
            outer.context, g.cbv = record.context or outer.context, outer


def _answer(view: Any, record: Record, url_values: dict[str, Any]) -> Any:
    if view.max_content_length is not None:
        request.max_content_length = view.max_content_length
    view.setup(**url_values)
    if "kwargs" not in view.__dict__:
        problem = "has a setup() that does not call super()"
        raise misconfigured(view, problem, "call super().setup(**kwargs) in it")
    answer = _refusal(view)
    if answer is None:
        return view.dispatch_request(**url_values)
    record.doomed = True
    return answer


def _refusal(view: Any) -> Any:
    """Ask every guard; return the first answer that is not None."""
    if view._plan.guards:
        after_this_request(keep_private)
        for guard in view._plan.guards:
            answer = guard(view)
            if answer is not None:
                return _checked(view, answer)
    if view.csrf_protected and request.method in csrf.UNSAFE:
        csrf.protect(view.csrf_exempt)
    return None


def _checked(view: Any, answer: Any) -> Any:
    """Fail closed where a guard returns a truth value instead of an answer."""
    if not isinstance(answer, bool):
        return answer
    raise misconfigured(
        view,
        f"has a check_access() that returned {answer}",
        "return None to let the request through",
        "return a response or call abort(403) to refuse it",
    )


def keep_private(response: Response) -> Response:
    """Keep a page that depends on the user out of every shared cache."""
    if "no-store" not in response.headers.get("Cache-Control", ""):
        response.headers["Cache-Control"] = "private, no-store"
    response.vary.add("Cookie")
    return response


def _settle(view: Any, record: Record, answer: Any) -> ResponseReturnValue:
    """Commit or roll back, then call what waited for the commit."""
    unsafe = request.method in csrf.UNSAFE
    saves = unsafe if view.atomic is None else view.atomic
    if saves or record.waiting:
        answer = make_response(answer)
        record.doomed = record.doomed or answer.status_code >= 400
    if saves:
        answer = _saved(view, record, answer)
    elif view.atomic is None and db.discard_changes():
        warnings.warn(
            f"{type(view).__name__} changed rows in a {request.method} request; they"
            " were not saved. Set atomic = True to commit safe verbs too.",
            UnsavedChangesWarning,
            stacklevel=2,
        )
    record.running = False
    if not record.doomed:
        for function in record.waiting:
            function()
    return answer  # type: ignore[no-any-return]


def _saved(view: Any, record: Record, answer: Response) -> Response:
    if record.doomed:
        db.rollback()
        return answer
    try:
        db.commit()
    except db.SAVE_ERRORS as error:
        record.doomed = True
        db.rollback()
        return make_response(view.save_failed(error))
    return answer


# --- the running view -----------------------------------------------------------


def _running_view() -> Any:
    record = g.get("cbv") if has_request_context() else None
    if not isinstance(record, Record):
        return None
    current = request._get_current_object()  # type: ignore[attr-defined]
    return record.view if record.request is current else None


#: The view that answers this request, beside Flask-Login's ``current_user``; None-like
#: (and false) where no cbv view is running. Since 0.1.
current_view: Any = LocalProxy(_running_view)

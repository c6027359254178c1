"""One request, from the view function to the answer: guards, handler, one commit.

Django: ``View.as_view``'s inner function, the CSRF and transaction wrappers around it.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping
from typing import Any

from flask import after_this_request
from flask import g
from flask import has_request_context
from flask import make_response
from flask import Request
from flask import request
from flask import Response
from flask.typing import ResponseReturnValue
from werkzeug.local import LocalProxy

from ..db import unit
from ..db import writing
from ..exceptions import misconfigured
from ..exceptions import UnsavedChangesWarning
from ..forms import csrf

logger = logging.getLogger("cbv")


class Record(unit.Unit):
    """What cbv keeps on ``g.cbv`` while a view answers: the view and its context."""

    #: What the view rendered its template with.
    context: Mapping[str, Any] = {}

    def __init__(self, view: Any, request: Request) -> None:
        self.view = view
        self.request = request


def respond(view: Any, url_values: dict[str, Any]) -> ResponseReturnValue:
    """Have a view answer this request: set-up, guards, handler, commit or rollback."""
    # The proxies are looked through once: this runs for every request.
    globals_: Any = g._get_current_object()
    current: Request = request._get_current_object()  # type: ignore[attr-defined]
    outer = globals_.get("cbv")
    record = globals_.cbv = Record(view, current)
    if outer is not None and outer.running and outer.request is current:
        return _nested(view, url_values, record, outer)  # type: ignore[no-any-return]
    try:
        answer = _answer(view, url_values, record)
        return _settle(view, record, answer)
    except BaseException:
        record.doomed = True
        writing.rollback()
        raise
    finally:
        record.running = False


def _nested(
    view: Any, url_values: dict[str, Any], record: Record, outer: Record
) -> Any:
    """Answer for another view's handler, which settles the transaction of both."""
    outer.waiting = [] if outer.waiting is None else outer.waiting
    record.waiting = outer.waiting
    try:
        return _answer(view, url_values, record)
    finally:
        record.running = False
        outer.doomed = outer.doomed or record.doomed
        outer.context = record.context or outer.context
        g.cbv = outer


def _answer(view: Any, url_values: dict[str, Any], record: Record) -> Any:
    if view.max_content_length is not None:
        record.request.max_content_length = view.max_content_length
    view.setup(**url_values)
    if view.kwargs is type(view).kwargs:
        problem = "has a setup() that does not call super()"
        raise misconfigured(view, problem, "call super().setup(**kwargs) in it")
    if view._plan.guards or view.csrf_protected:
        answer = _refusal(view)
        if answer is not None:
            record.doomed = True
            return answer
    return view.dispatch_request(**url_values)


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
    if "Vary" in response.headers:
        response.vary.add("Cookie")
    else:  # as it is for nearly every page: nothing to be read first
        response.headers["Vary"] = "Cookie"
    return response


def _settle(view: Any, record: Record, answer: Any) -> ResponseReturnValue:
    """Commit or roll back, then call what waited for the commit."""
    saves = view.atomic
    if saves is None:
        saves = record.request.method in csrf.UNSAFE
        if not saves and writing.discard_changes():
            _warn(view)
    if not saves and not record.waiting:
        return answer  # type: ignore[no-any-return]
    answer = make_response(answer)
    record.doomed = record.doomed or answer.status_code >= 400
    if saves:
        answer = _saved(view, record, answer)
    record.running = False
    if record.waiting and not record.doomed:
        for function in record.waiting:
            function()
    return answer  # type: ignore[no-any-return]


def _saved(view: Any, record: Record, answer: Response) -> Response:
    if record.doomed:
        writing.rollback()
        return answer
    try:
        writing.commit()
    except writing.SAVE_ERRORS as error:
        record.doomed = True
        writing.rollback()
        return make_response(view.save_failed(error))
    return answer


def _warn(view: Any) -> None:
    warnings.warn(
        f"{type(view).__name__} changed rows in a {request.method} request; they were"
        " not saved. Set atomic = True to commit safe verbs too.",
        UnsavedChangesWarning,
        stacklevel=2,
    )


def log_refused(event: str) -> None:
    """Log a refused request; whoever sent its path must not forge a line of the log."""
    path = request.path.encode("unicode_escape").decode("ascii")
    logger.warning("%s: %s", event.encode("unicode_escape").decode("ascii"), path)


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

"""Run a view for one request: access checks, CSRF check, handler, commit or rollback.

A view's access checks are called its guards: the ``check_access`` methods of its
classes, which are collected in ``plan.py``.

Django: the inner function of ``View.as_view``, with the middleware and decorators
around it for CSRF (``CsrfViewMiddleware``) and transactions (``ATOMIC_REQUESTS``).
"""

from __future__ import annotations

import functools
import logging
import warnings
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

from flask import abort
from flask import after_this_request
from flask import current_app
from flask import g
from flask import has_request_context
from flask import make_response
from flask import Request
from flask import request
from flask import Response
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import ServiceUnavailable
from werkzeug.local import LocalProxy

from ..db import unit
from ..db import writing
from ..exceptions import answered
from ..exceptions import misconfigured
from ..exceptions import UnsavedChangesWarning
from ..forms import csrf
from .expired import note_expired

logger = logging.getLogger("cbv")

#: How many seconds later a client should try again when the database was busy.
RETRY_AFTER = 5


class Record(unit.Unit):
    """The unit of work of one request on ``g.cbv``, with the view that answers it."""

    #: The context of the template that the view rendered last.
    context: Mapping[str, Any] = {}
    #: Whether a response cache will show the answer to other readers, too.
    is_shared: bool = False

    def __init__(self, view: Any, request: Request) -> None:
        self.view = view
        self.request = request


def respond(view: Any, url_values: dict[str, Any]) -> ResponseReturnValue:
    """Run a view instance for this request and return its answer.

    A view may call another view's function in its handler. Then the outer view alone
    commits or rolls back, for both.

    :param view: the instance, made for this request.
    :param url_values: the values of the URL rule, by name.
    """
    # Each access through a Flask proxy costs time, and this runs for every request.
    globals_: Any = g._get_current_object()
    current: Request = request._get_current_object()  # type: ignore[attr-defined]
    outer = globals_.get("cbv")
    record = globals_.cbv = Record(view, current)
    if outer is not None and outer.running and outer.request is current:
        return _respond_nested(view, url_values, record, outer)  # type: ignore[no-any-return]
    try:
        answer = _answer(view, url_values, record)
        return _settle(view, record, answer)
    except BaseException as error:
        record.doomed = True
        writing.rollback()
        if writing.is_busy(error):
            return _answer_busy(view, error)
        raise
    finally:
        record.running = False


def _respond_nested(
    view: Any, url_values: dict[str, Any], record: Record, outer: Record
) -> Any:
    """Run a view that another view's handler called; the outer view will commit."""
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
    """Set the view up, and return the answer of its guards or else of its handler."""
    plan = view._plan
    record.is_shared = plan.is_shared and not plan.guards
    for prepare in plan.preparations:
        prepare(view)
    if view.max_content_length is not None:
        record.request.max_content_length = view.max_content_length
    view.setup(**url_values)
    if view.kwargs is type(view).kwargs:
        problem = "has a setup() that does not call super()"
        raise misconfigured(view, problem, "call super().setup(**kwargs) in it")
    if plan.guards or view.csrf_protected or "check_access" in vars(view):
        answer = _refusal(view)
        if answer is not None:
            record.doomed = True
            return answer
    if plan.is_shared and plan.guards:  # the guards may ask; what is cached may not
        record.is_shared = True
        vars(view).pop("user", None)
    if plan.is_bare and _is_for_options(view, record.request):
        return view.options(**url_values)
    return view.dispatch_request(**url_values)


def _is_for_options(view: Any, request: Request) -> bool:
    """Tell whether ``options()`` answers in a view that has a dispatch alone."""
    return bool(view._plan.handlers.get(request.method) == "options")


def _refusal(view: Any) -> Any:
    """Call the guards, then check the CSRF token; return a guard's answer or None."""
    guards = _guards(view)
    if guards:
        after_this_request(keep_private)
        answer = _guards_answer(view, guards)
        if answer is not None:
            return answer
    if view.csrf_protected and request.method in csrf.UNSAFE:
        try:
            csrf.protect(view.csrf_exempt)
        except csrf.TokenExpired as error:
            note_expired(view, error)
    return None


def _guards(view: Any) -> tuple[Callable[[Any], Any], ...]:
    """Return the guards of a view's classes, and one that the instance was given.

    ``as_view`` and ``setup()`` may give it one.
    """
    guards: tuple[Callable[[Any], Any], ...] = view._plan.guards
    own = vars(view).get("check_access")
    return guards if own is None else (*guards, lambda _: own())


def _guards_answer(view: Any, guards: Iterable[Callable[[Any], Any]]) -> Any:
    """Return the answer of the first guard that refuses, None if all let through.

    A guard that called ``handle_no_permission()`` has refused, so it must give an
    answer: without one, a forgotten ``return`` would let everybody in. The hook is
    watched on the instance, so that it does not matter which class overrides it.
    """
    refusals: list[Any] = []
    hook = getattr(view, "handle_no_permission", None)
    is_own = "handle_no_permission" in vars(view)
    if hook is not None:
        view.handle_no_permission = _watched(view, hook, refusals)
    for guard in guards:
        answer = guard(view)
        if answer is not None or refusals:
            cure = "return None to let the request through"
            return answered(view, "has a check_access() that", answer, cure)
    if hook is not None:  # the view would be kept alive by what refers to it
        del view.handle_no_permission
    if is_own:
        view.handle_no_permission = hook
    return None


def _watched(view: Any, hook: Callable[..., Any], refusals: list[Any]) -> Any:
    """Return a ``handle_no_permission`` that must answer and adds to ``refusals``."""

    def handle_no_permission(*args: Any, **kwargs: Any) -> Any:
        refusals.append(hook)  # first: a guard may catch what the hook raises
        subject = "has a handle_no_permission() that"
        cure = "return super().handle_no_permission()"
        return answered(view, subject, hook(*args, **kwargs), cure)

    return handle_no_permission


def lets_in(view: Any) -> bool:
    """Tell whether ``CBV_LOGIN_REQUIRED`` and a view's guards let the user in.

    :param view: an instance whose ``setup`` was called with the URL values.
    """
    closed = current_app.config.get("CBV_LOGIN_REQUIRED", False)
    if closed and getattr(view, "login_required", True) is not False:
        if not view.user.is_authenticated:
            return False
    if hasattr(view, "handle_no_permission"):
        # Nobody is refused, so nothing may be flashed and no login page be needed.
        view.handle_no_permission = _deny
    try:
        return all(guard(view) is None for guard in _guards(view))
    except HTTPException:
        return False


def _deny(*args: Any, **kwargs: Any) -> None:
    """Stand in for ``handle_no_permission`` where no answer is sent."""
    abort(403)


def keep_private(response: Response) -> Response:
    """Set headers so that no shared cache stores a page that depends on the user.

    ``Cache-Control: private, no-store`` and ``Vary: Cookie`` (RFC 9111).

    :return: the same response.
    """
    if "no-store" not in response.headers.get("Cache-Control", ""):
        response.headers["Cache-Control"] = "private, no-store"
    if "Vary" in response.headers:
        response.vary.add("Cookie")
    else:  # the usual case: set it without parsing an old value
        response.headers["Vary"] = "Cookie"
    return response


def forbid_if_shared(asked: str) -> None:
    """Refuse to say who reads while a view answers whose answer is for all readers.

    :param asked: what was asked for, as the error names it.
    :raises ImproperlyConfigured: when a response cache keeps the answer of the view
        that is running, and its key does not depend on the user.
    """
    record = g.get("cbv") if has_request_context() else None
    if isinstance(record, Record) and record.is_shared and record.running:
        raise misconfigured(
            record.view,
            f"asks for {asked} inside a response cache, so that one user's page would"
            " be shown to others",
            "cache a function that does not depend on the user, and call it here",
            "make the key of the cache depend on the user, and say so by"
            " cache_is_per_user = True",
        )


def forbid_shared_token() -> None:
    """Refuse a page with a CSRF token while a view answers for all readers.

    :raises ImproperlyConfigured: as :func:`forbid_if_shared`.
    """
    if csrf.was_written():
        forbid_if_shared("a CSRF token")


def _settle(view: Any, record: Record, answer: Any) -> ResponseReturnValue:
    """Commit or roll back, then call the functions that ``on_commit`` registered."""
    commits = view.atomic
    if commits is None:
        commits = record.request.method in csrf.UNSAFE
        if not commits and writing.discard_changes():
            _warn_of_lost_changes(view)
    if not commits and not record.waiting:
        return answer  # type: ignore[no-any-return]
    answer = make_response(answer)
    record.doomed = record.doomed or answer.status_code >= 400
    if commits:
        answer = _commit(view, record, answer)
    record.running = False
    if record.waiting and not record.doomed:
        _call_waiting(record.waiting)
    return answer  # type: ignore[no-any-return]


def _call_waiting(functions: list[Callable[[], object]]) -> None:
    """Call the functions that waited for the commit; log the error of one that fails.

    What was committed stays so, whatever they do: an error page would say otherwise.
    """
    for function in functions:
        try:
            function()
        except Exception:
            logger.exception("%r failed, which was given to on_commit()", function)
            writing.rollback()  # the next one must find the session usable


def _commit(view: Any, record: Record, answer: Response) -> Response:
    """Commit, or roll back if the request is doomed; return the response to send."""
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


def _answer_busy(view: Any, error: Any) -> Response:
    """Answer 503 with Retry-After: the form again in a form view, else an error page.

    :param error: what the database said; see :func:`cbv.db.writing.is_busy`.
    :raises werkzeug.exceptions.ServiceUnavailable: when there is no form to show, or
        the database is still busy.
    """
    try:
        answer = make_response(view.save_failed(error))
    except SQLAlchemyError as again:
        if again is not error and not writing.is_busy(again):
            raise
        writing.rollback()
        logger.warning("%s: the database is busy", type(view).__name__)
        raise ServiceUnavailable(retry_after=RETRY_AFTER) from error
    answer.status_code = 503
    answer.headers["Retry-After"] = str(RETRY_AFTER)
    return answer


def _warn_of_lost_changes(view: Any) -> None:
    warnings.warn(
        f"{type(view).__name__} changed rows in a {request.method} request; they were"
        " not saved. Set atomic = True to commit safe verbs too.",
        UnsavedChangesWarning,
        stacklevel=2,
    )


def log_refused(event: str) -> None:
    """Log a refused request with its path.

    Line ends in both are escaped, because the client could forge log lines with them.

    :param event: why it was refused, such as ``"Gone"``.
    """
    path = request.path.encode("unicode_escape").decode("ascii")
    logger.warning("%s: %s", event.encode("unicode_escape").decode("ascii"), path)


# --- the running view -----------------------------------------------------------


def _running_view() -> Any:
    """Return the view that answers the current request, or None."""
    record = g.get("cbv") if has_request_context() else None
    if not isinstance(record, Record):
        return None
    current: Any = request._get_current_object()  # type: ignore[attr-defined]
    if record.request is not current:
        return None
    is_open = record.running or getattr(current, _OPEN, False)
    return record.view if is_open else None


def open_request(current: Request) -> None:
    """Note that Flask handles a request, from its first ``before_request`` function.

    Error handlers and ``after_request`` functions, which run when the view has ended,
    have their ``current_view`` until :func:`close_request`.
    """
    setattr(current, _OPEN, True)


def close_request(response: Response) -> Response:
    """Note that Flask's last ``after_request`` function is called: the request is over.

    Its context may be kept open, as a test client does in a ``with`` block. A response
    that is streamed is still being made, and the request is over when it is closed.

    :return: the same response.
    """
    current: Any = request._get_current_object()  # type: ignore[attr-defined]
    if response.is_streamed:
        response.call_on_close(functools.partial(setattr, current, _OPEN, False))
    else:
        setattr(current, _OPEN, False)
    return response


#: The attribute of a request that tells whether Flask handles it.
_OPEN = "_cbv_open"

#: A proxy for the view that answers this request, like Flask-Login's ``current_user``.
#: It equals None and is false where no cbv view answers, and when the request is over.
#: Since 0.1.
current_view: Any = LocalProxy(_running_view)

"""The inspector as pages under ``/_cbv/``, in debug mode only.

After the documentation generator of Django's admin, and Classy Class-Based Views.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context
from typing import Any

from flask import abort
from flask import Blueprint
from flask import current_app
from flask import Flask
from flask import render_template
from flask import request
from flask import url_for

from ..exceptions import ImproperlyConfigured
from .checks import check
from .checks import Fault
from .deployment import check_deploy
from .deployment import notes
from .explanation import explain
from .listings import routes
from .listings import templates
from .sections import Section
from .subjects import find_subject
from .subjects import UnknownSubject
from .tracing import trace
from .tracing import UnknownUser

PREFIX = "/_cbv"


def install_pages(app: Flask) -> None:
    """Give an application the pages; without debug mode each of them is a 404."""
    pages = Blueprint("cbv_inspector", __name__, url_prefix=PREFIX)
    pages.before_request(_refuse_without_debug)
    for rule, function in (
        ("/", _routes),
        ("/explain/<path:name>", _explain),
        ("/check", _check),
        ("/trace", _trace),
        ("/templates", _templates),
    ):
        # In debug mode they are open, and else a 404 rather than a way to log in.
        setattr(function, "login_required", False)
        pages.add_url_rule(rule, function.__name__.strip("_"), function)
    app.register_blueprint(pages)


def _refuse_without_debug() -> None:
    if not current_app.debug:
        abort(404)


def _routes() -> str:
    found = _apart(routes)
    links = {row[0]: url_for(".explain", name=row[0]) for row in found.rows}
    return _page("Routes", [found], links=links)


def _explain(name: str) -> str:
    try:
        return _page(name, _apart(explain, _apart(find_subject, name)))
    except UnknownSubject as error:
        abort(404, description=str(error))


def _check() -> str:
    return _page(
        "Check",
        [
            _faults("To mend", _apart(check)),
            _faults("To be meant", _apart(notes)),
            _faults("Before it is deployed", _apart(check_deploy)),
        ],
    )


def _faults(title: str, faults: list[Fault]) -> Section:
    return Section(title, [(f.where, f.text) for f in faults] or [("nothing",)])


def _trace() -> str:
    """Show one request of nobody or of a user; the pages here are not traced."""
    url, user = request.args.get("url", ""), request.args.get("user") or None
    sections: list[Section] = []
    if url.startswith("/") and not url.startswith(("//", PREFIX)):
        try:
            sections = _apart(trace, url, user)
        except (UnknownUser, ImproperlyConfigured) as error:
            sections = [Section(str(error), [])]
    return _page("Trace", sections, asks=True)


def _templates() -> str:
    return _page("Templates", [_apart(templates)])


def _apart(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function outside this request, whose ``g`` and user it must not see."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    return Context().run(function, app, *arguments)


def _page(title: str, sections: list[Section], **more: Any) -> str:
    return render_template("cbv/inspector.html", title=title, sections=sections, **more)

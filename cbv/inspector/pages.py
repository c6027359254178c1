"""Pages under ``/_cbv/`` that show what the inspector finds, in debug mode only.

The models are the documentation pages of Django's admin, and Classy Class-Based Views.
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
    """Register the inspector's pages; without debug mode each of them is a 404.

    ``CBV(app)`` calls this.

    Since 0.1. Django: ``django.contrib.admindocs``.
    """
    pages = Blueprint("cbv_inspector", __name__, url_prefix=PREFIX)
    pages.before_request(_refuse_without_debug)
    for rule, function in (
        ("/", _routes),
        ("/explain/<path:name>", _explain),
        ("/check", _check),
        ("/trace", _trace),
        ("/templates", _templates),
    ):
        # CBV_LOGIN_REQUIRED must not apply: the pages are open in debug mode, and
        # otherwise they answer 404 and do not redirect to the login page.
        setattr(function, "login_required", False)
        pages.add_url_rule(rule, function.__name__.strip("_"), function)
    app.register_blueprint(pages)


def _refuse_without_debug() -> None:
    if not current_app.debug:
        abort(404)


def _routes() -> str:
    section = _outside_request(routes)
    links = {row[0]: url_for(".explain", name=row[0]) for row in section.rows}
    return _page("Routes", [section], links=links)


def _explain(name: str) -> str:
    try:
        subject = _outside_request(find_subject, name)
        return _page(name, _outside_request(explain, subject))
    except UnknownSubject as error:
        abort(404, description=str(error))


def _check() -> str:
    return _page(
        "Check",
        [
            _faults("To mend", _outside_request(check)),
            _faults("To be meant", _outside_request(notes)),
            _faults("Before it is deployed", _outside_request(check_deploy)),
        ],
    )


def _faults(title: str, faults: list[Fault]) -> Section:
    """Return faults as a section, with one row "nothing" if there are none."""
    return Section(title, [(f.where, f.text) for f in faults] or [("nothing",)])


def _trace() -> str:
    """Show what one request does, anonymous or by a user.

    The inspector's own pages are not traced.
    """
    url, user = request.args.get("url", ""), request.args.get("user") or None
    sections: list[Section] = []
    if url.startswith("/") and not url.startswith(("//", PREFIX)):
        try:
            sections = _outside_request(trace, url, user)
        except (UnknownUser, ImproperlyConfigured) as error:
            sections = [Section(str(error), [])]
    return _page("Trace", sections, asks=True)


def _templates() -> str:
    return _page("Templates", [_outside_request(templates)])


def _outside_request(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function with the application, but without this request's context.

    It must not see the ``g``, the session or the user of this request.
    """
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    return Context().run(function, app, *arguments)


def _page(title: str, sections: list[Section], **more: Any) -> str:
    """Render the inspector's template."""
    return render_template("cbv/inspector.html", title=title, sections=sections, **more)

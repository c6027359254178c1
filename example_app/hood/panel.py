"""Under the hood: below each page, how this very request was answered.

On in debug mode, or where ``EXAMPLE_UNDER_THE_HOOD`` says so; else nothing of it runs.
"""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask import Flask
from flask import g
from flask import has_app_context
from flask import render_template
from flask import request
from flask import Response
from flask import session
from flask import template_rendered
from sqlalchemy import event

from example_app.site.database import db
from example_app.site.settings import is_on

from .masking import shown_items
from .recorder import lineage
from .recorder import Recorder
from .source import source_of
from .source import twin_of
from .source import written

_END = b"</body>"


def init_app(app: Flask) -> None:
    """Show the panel where it is asked for."""
    if not is_on(app.config.get("EXAMPLE_UNDER_THE_HOOD", app.debug)):
        return
    app.before_request(_begin)
    app.after_request(_show)
    app.teardown_request(_end)
    template_rendered.connect(_rendered, app)
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", _executed)


def _begin() -> None:
    function: Any = current_app.view_functions.get(request.endpoint or "")
    g.hood = Recorder(getattr(function, "view_class", None))
    g.hood.start()


def _end(error: BaseException | None) -> None:
    recorder = _recorder()
    if recorder is not None:
        recorder.stop()


def _recorder() -> Recorder | None:
    return g.get("hood") if has_app_context() else None


def _rendered(sender: Flask, template: Any, context: Any, **more: Any) -> None:
    recorder = _recorder()
    if recorder is not None:
        recorder.templates.append(template.name)


def _executed(connection: Any, cursor: Any, statement: str, *more: Any) -> None:
    recorder = _recorder()
    # The tables are looked for when the database is first used: no part of a page.
    if recorder is not None and not statement.startswith("PRAGMA"):
        recorder.statements.append(statement)


def _show(response: Response) -> Response:
    """Put the panel at the end of a page; files and redirects are left alone."""
    recorder = _recorder()
    if recorder is None or response.mimetype != "text/html" or response.is_streamed:
        return response
    recorder.stop()
    page, end, rest = response.get_data().rpartition(_END)
    if end:
        panel = render_template("hood.html", **_findings(recorder))
        response.set_data(page + panel.encode() + end + rest)
    return response


def _findings(recorder: Recorder) -> dict[str, Any]:
    function: Any = current_app.view_functions.get(request.endpoint or "")
    view_class = getattr(function, "view_class", None)
    return {
        "recorder": recorder,
        "view_class": view_class,
        "lineage": lineage(view_class) if view_class else (),
        "flask_source": source_of(written(view_class)) if view_class else None,
        "django_source": twin_of(written(view_class)) if view_class else None,
        "statements": list(recorder.statements),
        "templates": list(recorder.templates),
        "globals": _globals(),
    }


def _globals() -> dict[str, dict[str, str]]:
    """Return what each of Flask's globals holds at the end of this request."""
    app = current_app
    return {
        "request": shown_items(
            (f"request.{name}", getattr(request, name))
            for name in ("method", "full_path", "endpoint", "view_args", "form")
        ),
        "session": shown_items(session.items()),
        "g": shown_items(
            (name, g.get(name)) for name in g if name != "hood" and name[0] != "_"
        ),
        "current_app": shown_items(
            [("name", app.name), ("debug", app.debug)]
            + [(name, app.config[name]) for name in app.config if name[:4] == "CBV_"]
        ),
        "current_user": shown_items([("loaded in this request", g.get("_login_user"))]),
    }

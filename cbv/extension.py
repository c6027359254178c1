"""CBV: what an application gets beside the views themselves.

Django: parts of ``settings``, context processors and the template loaders. Views that
need none of it work without it.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask import Blueprint
from flask import current_app
from flask import Flask
from flask import Request
from flask import request
from flask_wtf.csrf import generate_csrf
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import MethodNotAllowed

from . import crud
from . import formsets
from . import tasks
from .auth.manager import adopt_manager
from .auth.manager import install_login
from .auth.required import require_login
from .cli import cli
from .dates.periods import format_date
from .db.columns import display
from .db.columns import public_values
from .db.columns import verbose_name
from .db.session import bind_session
from .forms import csrf
from .inspector.pages import install_pages
from .translation import translated
from .urls.paths import querystring
from .urls.routes import install_converters
from .views.base import View
from .views.dispatch import current_view
from .views.dispatch import log_refused
from .views.task_progress import TaskProgressView

#: What :mod:`cbv` imports late: a server loads it all when it is set up, so that no
#: first request pays for it.
LOADED = (crud, formsets, tasks, TaskProgressView)


class CBV:
    """Install cbv in an application.

    Default templates under ``cbv/``, the Jinja names ``querystring``,
    ``current_view``, ``csrf_token`` and a lazy ``current_user``, ``g["name"]`` beside
    ``g.name``, Flask-Login, and the database session.

    :param app: the application; else call :meth:`init_app`.
    :param session: a ``scoped_session``, a ``sessionmaker`` or a callable that gives a
        Session; else that of Flask-SQLAlchemy or Flask-SQLAlchemy-Lite is used.
    :param user_model: the mapped class of the users.

    Since 0.1.
    """

    def __init__(
        self, app: Flask | None = None, *, session: Any = None, user_model: Any = None
    ) -> None:
        self.session = session
        self.user_model = user_model
        if app is not None:
            self.init_app(app)

    def init_app(
        self, app: Flask, *, session: Any = None, user_model: Any = None
    ) -> None:
        """Install cbv in an application; the keywords win over the constructor's.

        :raises RuntimeError: when it is installed already.
        """
        if "cbv" in app.extensions:
            raise RuntimeError(f"CBV is installed in {app.name!r} already.")
        app.extensions["cbv"] = self
        session = self.session if session is None else session
        if session is not None:
            bind_session(app, session)
        _install_templates(app)
        _install_globals(app)
        _install_first(app)
        install_converters(app)
        install_pages(app)
        app.cli.add_command(cli)
        install_login(app, self.user_model if user_model is None else user_model)

    def gettext(self, text: str) -> str:
        """Return one of cbv's texts in the language of this request.

        Override it to translate by other means than Flask-Babel, which is asked where
        the application has it.

        Since 0.1. Django: ``django.utils.translation.gettext``.
        """
        return translated(text)


#: What every template may call.
_JINJA_NAMES = {
    "querystring": querystring,
    "current_view": current_view,
    "csrf_token": generate_csrf,
    "display": display,
    "format_date": format_date,
    "public_values": public_values,
    "verbose_name": verbose_name,
}


def _install_templates(app: Flask) -> None:
    """Add the default templates behind the application's, and names for Jinja."""
    folders: dict[str, Any] = {
        "template_folder": "templates",
        "static_folder": "static",
    }
    url = "/_cbv/static"
    app.register_blueprint(Blueprint("cbv", __name__, static_url_path=url, **folders))
    if "jinja_env" in app.__dict__:
        for name, value in _JINJA_NAMES.items():
            app.jinja_env.globals.setdefault(name, value)
        return

    class Environment(app.jinja_environment):  # type: ignore[name-defined,misc]
        """Made late, so that settings which come after ``CBV(app)`` still count."""

        def __init__(self, app: Flask, **options: Any) -> None:
            super().__init__(app, **options)
            self.globals.update(_JINJA_NAMES)

    app.jinja_environment = Environment  # type: ignore[assignment]


def _install_globals(app: Flask) -> None:
    """Let ``g["name"]`` stand for ``g.name``."""
    base: Any = app.app_ctx_globals_class

    class Globals(base):  # type: ignore[misc]
        def __getitem__(self, name: str) -> Any:
            try:
                return getattr(self, name)
            except AttributeError:
                raise KeyError(name) from None

        def __setitem__(self, name: str, value: Any) -> None:
            setattr(self, name, value)

        def __delitem__(self, name: str) -> None:
            try:
                delattr(self, name)
            except AttributeError:
                raise KeyError(name) from None

    app.app_ctx_globals_class = Globals


def _install_first(app: Flask) -> None:
    """Run before every other ``before_request``: those may read the body already."""
    app.before_request_funcs.setdefault(None, []).insert(0, _before_all)


def _before_all() -> Any:
    """Do in one step what comes before every request, whatever view answers it."""
    # The proxies are looked through once.
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    current: Request = request._get_current_object()  # type: ignore[attr-defined]
    adopt_manager(app)
    answer = require_login() if app.config.get("CBV_LOGIN_REQUIRED") else None
    if answer is not None:
        return answer
    if isinstance(current.routing_exception, MethodNotAllowed):
        _log_refused_by_router(current.routing_exception)
    if current.method in csrf.UNSAFE:
        _prepare_body(app, current)
    return None


def _prepare_body(app: Flask, current: Request) -> None:
    function: Any = app.view_functions.get(current.endpoint or "")
    size = _declared(function, "max_content_length")
    if size is not None:
        current.max_content_length = size
    protect = app.extensions.get("csrf")
    if protect is not None:
        csrf.split_referer()  # Flask-WTF's own check answers 500 to a malformed one
        if _declared(function, "csrf_exempt"):
            protect.exempt(function)


def _declared(function: Any, name: str) -> Any:
    """Return an option of the view behind a function: its keyword's, or its class's."""
    default = getattr(getattr(function, "view_class", None), name, None)
    return getattr(function, "view_initkwargs", {}).get(name, default)


def _log_refused_by_router(error: MethodNotAllowed) -> None:
    """Log a verb that a view of ours does not answer; it never comes to the view."""
    allowed = next(iter(error.valid_methods or ()), None)
    adapter = current_app.url_map.bind_to_environ(request.environ)
    with suppress(HTTPException):
        endpoint, _ = adapter.match(method=allowed)
        view_class = getattr(current_app.view_functions[endpoint], "view_class", None)
        if isinstance(view_class, type) and issubclass(view_class, View):
            log_refused(f"Method Not Allowed ({request.method})")

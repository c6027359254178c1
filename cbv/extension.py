"""CBV, the Flask extension that installs cbv in an application.

The views work without it as long as they need no default template, no users and no
database session from it.

Django: parts of ``settings``, context processors and the template loaders.
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
from .pagination import keyset
from .translation import translated
from .urls.query import querystring
from .urls.routes import install_converters
from .views import filtering
from .views import htmx
from .views import messages
from .views import task_progress
from .views.base import View
from .views.dispatch import close_request
from .views.dispatch import current_view
from .views.dispatch import log_refused
from .views.dispatch import open_request

#: The modules that ``import cbv`` leaves out. This file imports them, so that a server
#: loads them when it starts and no first request has to wait.
LOADED = (crud, formsets, tasks, keyset, filtering, htmx, messages, task_progress)


class CBV:
    """Install cbv in an application: ``CBV(app, session=Session, user_model=User)``.

    The application gets the default templates under ``cbv/``, names for its own
    templates (``querystring``, ``current_view``, ``csrf_token``, ``current_user`` and
    a few more), ``g["name"]`` as another way to write ``g.name``, Flask-Login unless
    it has it already, the database session, the URL converter ``slug``, the commands
    ``flask cbv`` and the inspector's pages.

    :param app: the application; None to call :meth:`init_app` later.
    :param session: a ``scoped_session``, a ``sessionmaker``, or a callable that returns
        a Session; None to use the session of Flask-SQLAlchemy or
        Flask-SQLAlchemy-Lite.
    :param user_model: the mapped class of the users; None if the application loads its
        users with Flask-Login's ``user_loader``.

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
        """Install cbv in an application.

        :param session: see the class; None for the constructor's argument.
        :param user_model: see the class; None for the constructor's argument.
        :raises RuntimeError: if cbv is installed in this application already.
        :raises ImproperlyConfigured: for a session source of an unknown kind.

        Since 0.1. Flask: the ``init_app`` of every extension.
        """
        if "cbv" in app.extensions:
            raise RuntimeError(f"CBV is installed in {app.name!r} already.")
        app.extensions["cbv"] = self
        session = self.session if session is None else session
        if session is not None:
            bind_session(app, session)
        _install_templates(app)
        _install_globals(app)
        _install_before_request(app)
        install_converters(app)
        install_pages(app)
        app.cli.add_command(cli)
        install_login(app, self.user_model if user_model is None else user_model)

    def gettext(self, text: str) -> str:
        """Translate one of cbv's own texts into the language of this request.

        Flask-Babel translates it if the application uses Flask-Babel. Override this
        method to translate in another way.

        :param text: the English text.

        Since 0.1. Django: ``django.utils.translation.gettext``.
        """
        return translated(text)


#: The names that every template of the application may use.
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
    """Add the default templates, after the application's own, and the Jinja names."""
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
        """The application's Jinja environment with cbv's names.

        It is created at first use, so that settings made after ``CBV(app)`` apply.
        """

        def __init__(self, app: Flask, **options: Any) -> None:
            super().__init__(app, **options)
            self.globals.update(_JINJA_NAMES)

    app.jinja_environment = Environment  # type: ignore[assignment]


def _install_globals(app: Flask) -> None:
    """Make ``g["name"]`` another way to write ``g.name``."""
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


def _install_before_request(app: Flask) -> None:
    """Run cbv's ``before_request`` function first: others may read the body.

    Its ``after_request`` function, which ends the request, runs last: Flask calls the
    first one in the list last.
    """
    app.before_request_funcs.setdefault(None, []).insert(0, _before_request)
    app.after_request_funcs.setdefault(None, []).insert(0, close_request)


def _before_request() -> Any:
    """Prepare a request to any view: users, required login, logging, size and CSRF.

    :returns: a response to answer with, None to go on to the view.
    """
    # Each access through a proxy costs time, so it is resolved once.
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    current: Request = request._get_current_object()  # type: ignore[attr-defined]
    open_request(current)
    adopt_manager(app)
    response = require_login() if app.config.get("CBV_LOGIN_REQUIRED") else None
    if response is not None:
        return response
    if isinstance(current.routing_exception, MethodNotAllowed):
        _log_refused_by_router(current.routing_exception)
    if current.method in csrf.UNSAFE:
        _prepare_body(app, current)
    return None


def _prepare_body(app: Flask, current: Request) -> None:
    """Apply the view's ``max_content_length`` and ``csrf_exempt`` to a request.

    Both must be known before anything reads the body, Flask-WTF's CSRF check included.
    """
    function: Any = app.view_functions.get(current.endpoint or "")
    size = _view_option(function, "max_content_length")
    if size is not None:
        current.max_content_length = size
    protect = app.extensions.get("csrf")
    if protect is not None:
        csrf.split_referer()  # a 400 if malformed; Flask-WTF's check would answer 500
        if _view_option(function, "csrf_exempt"):
            protect.exempt(function)


def _view_option(function: Any, name: str) -> Any:
    """Return an attribute of the view class behind a view function.

    A keyword of ``as_view()`` comes before the class attribute; None without either.
    """
    default = getattr(getattr(function, "view_class", None), name, None)
    return getattr(function, "view_initkwargs", {}).get(name, default)


def _log_refused_by_router(error: MethodNotAllowed) -> None:
    """Log that a view of cbv does not answer an HTTP method.

    The router refuses such a request, so the view itself never runs and cannot log it.

    :param error: the router's 405.
    """
    allowed = next(iter(error.valid_methods or ()), None)
    adapter = current_app.url_map.bind_to_environ(request.environ)
    with suppress(HTTPException):
        endpoint, _ = adapter.match(method=allowed)
        view_class = getattr(current_app.view_functions[endpoint], "view_class", None)
        if isinstance(view_class, type) and issubclass(view_class, View):
            log_refused(f"Method Not Allowed ({request.method})")

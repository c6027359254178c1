"""Find the views that can be inspected: by endpoint, or by the path of a class."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from contextlib import suppress
from pathlib import Path
from typing import Any
from typing import NamedTuple

from flask import Flask
from flask import request
from flask.views import View as FlaskView
from werkzeug.routing import Rule
from werkzeug.utils import import_string

from ..urls.paths import NoReverseMatch
from ..views.base import View

#: How the endpoints begin that cbv registers itself.
OWN_ENDPOINTS = ("cbv.", "cbv_inspector.")


class UnknownSubject(LookupError):
    """Raised if there is no such endpoint or class; the message has similar names.

    Since 0.1.
    """


class Subject(NamedTuple):
    """A view that can be inspected: an endpoint, or a class that is not registered.

    Since 0.1.
    """

    #: The endpoint; None for a class that is not registered.
    endpoint: str | None
    #: The view function; None for a class that is not registered.
    function: Any
    #: The view class; None for a plain function.
    view_class: Any
    #: The keywords that ``as_view()`` was called with.
    options: Mapping[str, Any]
    #: The URL rules that lead to the view.
    rules: tuple[Rule, ...] = ()

    @property
    def name(self) -> str:
        """The name of the view's class, or of its function."""
        target = self.view_class or inspect.unwrap(self.function)
        return str(getattr(target, "__qualname__", target)).replace("<locals>.", "")

    @property
    def is_ours(self) -> bool:
        """Whether the view is a subclass of cbv's View."""
        return isinstance(self.view_class, type) and issubclass(self.view_class, View)

    @property
    def methods(self) -> str:
        """The HTTP methods that the view answers, joined by commas."""
        if self.is_ours:
            return ", ".join(self.instance()._plan.handlers)
        return ", ".join(sorted({m for rule in self.rules for m in rule.methods or ()}))

    def instance(self) -> Any:
        """Return a new instance of the view class, as each request gets one."""
        return self.view_class(**self.options)

    def source(self) -> str:
        """Return the file and line of the class or function, "" if unknown."""
        target = self.view_class or inspect.unwrap(self.function)
        with suppress(OSError, TypeError):
            file = inspect.getsourcefile(target)
            _, line = inspect.getsourcelines(target)
            return f"{shortened(file)}:{line}"
        return ""


def shortened(file: Any) -> str:
    """Return a path, relative to the current folder if it lies below it."""
    path = Path(file)
    with suppress(ValueError):
        path = path.relative_to(Path.cwd())
    return str(path)


def subjects(app: Flask) -> list[Subject]:
    """Return every view of an application, sorted by endpoint.

    Static files and cbv's own endpoints are left out.
    """
    return [
        subject
        for endpoint, subject in sorted(_all_subjects(app).items())
        if endpoint.rpartition(".")[2] != "static"
        and not endpoint.startswith(OWN_ENDPOINTS)
    ]


def _all_subjects(app: Flask) -> dict[str, Subject]:
    """Return every view of an application by endpoint."""
    rules: dict[str, list[Rule]] = {}
    for rule in app.url_map.iter_rules():
        rules.setdefault(rule.endpoint, []).append(rule)
    return {
        endpoint: _subject(endpoint, app.view_functions[endpoint], tuple(own_rules))
        for endpoint, own_rules in rules.items()
        if endpoint in app.view_functions
    }


def _subject(endpoint: str, function: Any, rules: tuple[Rule, ...]) -> Subject:
    options = getattr(function, "view_initkwargs", {})
    view_class = getattr(function, "view_class", None)
    return Subject(endpoint, function, view_class, options, rules)


def find_subject(app: Flask, name: str) -> Subject:
    """Return the view that a name stands for.

    :param name: an endpoint, or the path of a class as ``module:Class``.
    :raises UnknownSubject: if there is none; the message has similar names.

    Since 0.1.
    """
    registered = _all_subjects(app)
    if ":" in name:
        view_class = _imported(name)
        of_class = (s for s in registered.values() if s.view_class is view_class)
        return next(of_class, Subject(None, None, view_class, {}))
    if name in registered:
        return registered[name]
    with app.app_context():
        raise UnknownSubject(str(NoReverseMatch(name, None, None)))


def _imported(path: str) -> Any:
    """Import a view class by its path.

    :raises UnknownSubject: if there is no such class, or it is not a view.
    """
    try:
        view_class = import_string(path)
    except ImportError as error:
        raise UnknownSubject(f"There is no class {path!r}: {error}") from error
    if not (isinstance(view_class, type) and issubclass(view_class, FlaskView)):
        raise UnknownSubject(f"{path!r} is no view class.")
    return view_class


def base_url(app: Flask) -> str:
    """Return a base URL that the application accepts requests for.

    Its host is a trusted host, else ``SERVER_NAME``, else "localhost".
    """
    hosts = app.config.get("TRUSTED_HOSTS") or []
    host = hosts[0].lstrip(".") if hosts else app.config.get("SERVER_NAME")
    scheme = app.config["PREFERRED_URL_SCHEME"]
    if app.config["SESSION_COOKIE_SECURE"]:
        scheme = "https"
    return f"{scheme}://{host or 'localhost'}/"


@contextmanager
def view_in_request(app: Flask, subject: Subject) -> Iterator[Any]:
    """Enter a test request for a view's URL rule, and give an instance of the view.

    The request is not dispatched. The view has all its URL values, but each is None.
    """
    with app.test_request_context(base_url=base_url(app)):
        if subject.rules:
            request.url_rule = subject.rules[0]
        view = subject.instance()
        names = {name for rule in subject.rules for name in rule.arguments}
        request.view_args = view.kwargs = dict.fromkeys(names)
        yield view

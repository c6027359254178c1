"""What can be inspected: the endpoints of an application, or a class by its path."""

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

#: Endpoints of cbv's own that nobody wrote.
OWN = ("cbv.", "cbv_inspector.")


class UnknownSubject(LookupError):
    """Say that there is no such endpoint or class, and which names are near."""


class Subject(NamedTuple):
    """A view as it is registered: its function, its class if it has one, its rules."""

    #: None for a class that is not registered.
    endpoint: str | None
    function: Any
    view_class: Any
    options: Mapping[str, Any]
    rules: tuple[Rule, ...] = ()

    @property
    def name(self) -> str:
        """What the view is called: the name of its class, or of its function."""
        named = self.view_class or inspect.unwrap(self.function)
        return str(getattr(named, "__qualname__", named)).replace("<locals>.", "")

    @property
    def is_ours(self) -> bool:
        """Whether it is a view of cbv."""
        return isinstance(self.view_class, type) and issubclass(self.view_class, View)

    @property
    def methods(self) -> str:
        """The verbs it answers."""
        if self.is_ours:
            return ", ".join(self.instance()._plan.handlers)
        return ", ".join(sorted({m for rule in self.rules for m in rule.methods or ()}))

    def instance(self) -> Any:
        """Return an instance as one request would have it."""
        return self.view_class(**self.options)

    def source(self) -> str:
        """Return file and line of its class or function, as far as they are known."""
        target = self.view_class or inspect.unwrap(self.function)
        with suppress(OSError, TypeError):
            file = inspect.getsourcefile(target)
            _, line = inspect.getsourcelines(target)
            return f"{shortened(file)}:{line}"
        return ""


def shortened(file: Any) -> str:
    """Return a path below the current folder without that folder."""
    path = Path(file)
    with suppress(ValueError):
        path = path.relative_to(Path.cwd())
    return str(path)


def subjects(app: Flask) -> list[Subject]:
    """Return every endpoint of an application but static files and cbv's own."""
    return [
        subject
        for endpoint, subject in sorted(_all_subjects(app).items())
        if endpoint.rpartition(".")[2] != "static" and not endpoint.startswith(OWN)
    ]


def _all_subjects(app: Flask) -> dict[str, Subject]:
    rules: dict[str, list[Rule]] = {}
    for rule in app.url_map.iter_rules():
        rules.setdefault(rule.endpoint, []).append(rule)
    return {
        endpoint: _subject(endpoint, app.view_functions[endpoint], tuple(found))
        for endpoint, found in rules.items()
        if endpoint in app.view_functions
    }


def _subject(endpoint: str, function: Any, rules: tuple[Rule, ...]) -> Subject:
    options = getattr(function, "view_initkwargs", {})
    view_class = getattr(function, "view_class", None)
    return Subject(endpoint, function, view_class, options, rules)


def find_subject(app: Flask, name: str) -> Subject:
    """Return the view that an endpoint, or ``module:Class``, names.

    :raises UnknownSubject: when there is none; the message has near names.
    """
    known = _all_subjects(app)
    if ":" in name:
        view_class = _imported(name)
        own = (s for s in known.values() if s.view_class is view_class)
        return next(own, Subject(None, None, view_class, {}))
    if name in known:
        return known[name]
    with app.app_context():
        raise UnknownSubject(str(NoReverseMatch(name, None, None)))


def _imported(path: str) -> Any:
    try:
        found = import_string(path)
    except ImportError as error:
        raise UnknownSubject(f"There is no class {path!r}: {error}") from error
    if not (isinstance(found, type) and issubclass(found, FlaskView)):
        raise UnknownSubject(f"{path!r} is no view class.")
    return found


def base_url(app: Flask) -> str:
    """Return where the application says it is: a host that it trusts."""
    hosts = app.config.get("TRUSTED_HOSTS") or []
    host = hosts[0].lstrip(".") if hosts else app.config.get("SERVER_NAME")
    scheme = app.config["PREFERRED_URL_SCHEME"]
    if app.config["SESSION_COOKIE_SECURE"]:
        scheme = "https"
    return f"{scheme}://{host or 'localhost'}/"


@contextmanager
def asked(app: Flask, subject: Subject) -> Iterator[Any]:
    """Give an instance in a request for its rule that nobody sent.

    URL values are there by name, and None.
    """
    with app.test_request_context(base_url=base_url(app)):
        if subject.rules:
            request.url_rule = subject.rules[0]
        view = subject.instance()
        names = {name for rule in subject.rules for name in rule.arguments}
        request.view_args = view.kwargs = dict.fromkeys(names)
        yield view

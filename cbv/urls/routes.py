"""Register views under URL rules on an application or blueprint.

The rules stand in a list as in Django: ``urlpatterns`` of :func:`path` and
:func:`include`. Import the names from ``cbv`` or ``cbv.urls``. Django:
``django.urls``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import Any
from typing import NamedTuple
from typing import TypeVar
from weakref import WeakKeyDictionary

from flask import Blueprint
from flask import Flask
from flask.views import View as FlaskView
from werkzeug.routing import BaseConverter
from werkzeug.routing import ValidationError

from ..exceptions import ImproperlyConfigured
from .names import endpoint_name

T = TypeVar("T", bound=type)
#: What :func:`register` adds URL rules to.
Target = Flask | Blueprint

#: By target and endpoint: the registered view, and the view function made from it.
_registered: WeakKeyDictionary[Target, dict[str, tuple[Any, Any]]] = WeakKeyDictionary()


class URLPattern(NamedTuple):
    """One URL rule and its view: an entry of ``urlpatterns`` made by :func:`path`.

    Since 0.1. Django: ``django.urls.URLPattern``.
    """

    rule: str
    view: Any
    kwargs: Mapping[str, Any]
    name: str | None
    options: Mapping[str, Any]


class Include(NamedTuple):
    """The result of :func:`include`: a list of patterns, or a blueprint."""

    patterns: Iterable[Any]
    namespace: str | None
    module: str | None = None
    blueprint: Blueprint | None = None


class URLResolver(NamedTuple):
    """A prefix and the included URLs below it: an entry made by :func:`path`.

    Since 0.1. Django: ``django.urls.URLResolver``.
    """

    prefix: str
    included: Include
    kwargs: Mapping[str, Any]


# --- the list of URLs --------------------------------------------------------------


def path(
    rule: str,
    view: Any,
    kwargs: Mapping[str, Any] | None = None,
    name: str | None = None,
    **options: Any,
) -> URLPattern | URLResolver:
    """Return an entry of ``urlpatterns`` for :func:`register`.

    ``path("post/<int:pk>/", PostDetailView, name="post_detail")``

    :param rule: a URL rule of Flask; as in Django, it needs no leading slash.
    :param view: a view class, the result of ``as_view()``, a function, or the result
        of :func:`include`.
    :param kwargs: more URL values for the view (Flask's ``defaults``).
    :param name: the endpoint; by default the function's name, or the class name in
        snake case without ``_view``.
    :param options: Flask's options for a rule: ``methods``, ``strict_slashes`` …
    :raises TypeError: when ``view`` is none of these, or when :func:`include` is given
        a name or options.

    Since 0.1. Django: ``django.urls.path``.
    """
    if isinstance(view, Include):
        if name is not None or options:
            raise TypeError(
                "path() of an include() takes kwargs, but no name or option"
            )
        return URLResolver(rule, view, dict(kwargs or {}))
    if isinstance(view, FlaskView):
        shown = type(view).__name__
        raise TypeError(f"path() takes the class {shown}, not an instance {shown}()")
    if not callable(view) or (isinstance(view, type) and not _is_view_class(view)):
        raise TypeError(
            f"path() takes a view class, a function or include(), not {view!r}"
        )
    return URLPattern(rule, view, dict(kwargs or {}), name, options)


def include(source: Any, namespace: str | None = None) -> Include:
    """Return a list of URLs that :func:`path` places below a prefix.

    With a namespace they form a blueprint of that name: their endpoints are called
    ``namespace.name``, and their templates are looked for in ``namespace/`` first.

    :param source: a list of patterns, ``(list, namespace)``, a module (or its dotted
        name) with ``urlpatterns`` and perhaps ``app_name``, or a Flask blueprint.
    :param namespace: takes precedence over the module's ``app_name`` and the
        blueprint's name.
    :raises ImproperlyConfigured: when the source has no list of patterns.

    Since 0.1. Django: ``django.urls.include``.
    """
    if isinstance(source, Blueprint):
        return Include((), namespace, blueprint=source)
    if isinstance(source, str):
        source = import_module(source)
    app_name = module = None
    if isinstance(source, ModuleType):
        module, app_name = source.__name__, getattr(source, "app_name", None)
        source = getattr(source, "urlpatterns", None)
    elif isinstance(source, tuple) and len(source) == 2 and isinstance(source[1], str):
        source, app_name = source
    _check_patterns(source, module)
    return Include(source, namespace or app_name, module)


def _check_patterns(source: Any, module: str | None) -> None:
    if not isinstance(source, (list, tuple)) or not all(
        isinstance(entry, (URLPattern, URLResolver)) for entry in source
    ):
        where = f"the module {module!r}" if module else repr(source)
        raise ImproperlyConfigured(
            f"include() found no list of path() in {where}. Cure: give a list of"
            " path(), or a module that has one in urlpatterns."
        )


def register(target: Target, urlpatterns: Iterable[Any]) -> None:
    """Add the URL rules of a list of :func:`path` to an application or a blueprint.

    Also adds the ``<slug:...>`` converter. If several rules match a URL, Flask takes
    the most specific one; unlike in Django, their order in the list does not matter.

    :param target: the application or blueprint.
    :param urlpatterns: a list of the results of :func:`path`.
    :raises ImproperlyConfigured: when two views are given the same endpoint.

    Since 0.1. Django: ``ROOT_URLCONF``.
    """
    urlpatterns = list(urlpatterns)
    _check_patterns(urlpatterns, None)
    install_converters(target)
    _add(target, urlpatterns, "", {})


def route(
    target: Target, rule: str, name: str | None = None, **options: Any
) -> Callable[[T], T]:
    """Return a decorator that registers a view class, as ``@app.route`` a function.

    :param target: the application or blueprint.
    :param rule: a URL rule of Flask.
    :param name: the endpoint; by default the class name in snake case without
        ``_view``.
    :param options: Flask's options for a rule: ``defaults``, ``strict_slashes`` …
    :returns: a decorator that returns the class unchanged.

    Since 0.1. Flask: ``Flask.route``, for classes.
    """

    def decorate(view_class: T) -> T:
        register(target, [path(rule, view_class, name=name, **options)])
        return view_class

    return decorate


# --- adding the rules to the application or blueprint ------------------------------


def _add(
    target: Target, patterns: Iterable[Any], prefix: str, kwargs: Mapping[str, Any]
) -> None:
    for entry in patterns:
        merged = {**kwargs, **entry.kwargs}
        if isinstance(entry, URLResolver):
            _add_included(target, entry.included, _join(prefix, entry.prefix), merged)
            continue
        options = dict(entry.options)
        if merged:
            options["defaults"] = {**options.get("defaults", {}), **merged}
        rule = "/" + _join(prefix, entry.rule).lstrip("/")
        function, endpoint = _view_function(target, entry.view, entry.name)
        target.add_url_rule(rule, endpoint, function, **options)


def _add_included(
    target: Target, included: Include, prefix: str, kwargs: Mapping[str, Any]
) -> None:
    if included.blueprint is not None:
        options = {"name": included.namespace} if included.namespace else {}
        target.register_blueprint(
            included.blueprint,
            url_prefix="/" + prefix.strip("/"),
            url_defaults=kwargs,
            **options,
        )
    elif included.namespace:
        import_name = included.module or target.import_name
        blueprint = Blueprint(included.namespace, import_name)
        _add(blueprint, included.patterns, prefix, kwargs)
        target.register_blueprint(blueprint)
    else:
        _add(target, included.patterns, prefix, kwargs)


def _join(prefix: str, rule: str) -> str:
    """Join a prefix and a rule as Django does, but never with two slashes."""
    return prefix + rule.lstrip("/") if prefix.endswith("/") else prefix + rule


def _view_function(target: Target, view: Any, name: str | None) -> tuple[Any, str]:
    """Return a view's function and endpoint; a second rule gets the same function."""
    is_class = _is_view_class(view)
    name = name or (endpoint_name(view) if is_class else getattr(view, "__name__", ""))
    if not name:
        raise ImproperlyConfigured(f"{view!r} has no name. Cure: give path() a name.")
    by_endpoint = _registered.setdefault(target, {})
    if name not in by_endpoint:
        by_endpoint[name] = (view, view.as_view(name) if is_class else view)
    registered_view, function = by_endpoint[name]
    if registered_view is not view:
        raise ImproperlyConfigured(
            f"Endpoint {name!r} is given to two views: {_view_name(registered_view)}"
            f" and {_view_name(view)}. Cure: give one of their paths another name."
        )
    return function, name


def _is_view_class(view: Any) -> bool:
    return isinstance(view, type) and issubclass(view, FlaskView)


def _view_name(view: Any) -> str:
    view_class = getattr(view, "view_class", view)
    return str(getattr(view_class, "__name__", view))


class SlugConverter(BaseConverter):
    """The converter for ``<slug:name>``: ASCII letters, digits, hyphens, underscores.

    Django: ``django.urls.converters.SlugConverter``.
    """

    regex = "[-a-zA-Z0-9_]+"

    def to_url(self, value: Any) -> str:
        """Return a slug for a URL.

        :raises werkzeug.routing.ValidationError: for a text that is not a slug; the
            rule then fits no URL.
        """
        if not re.fullmatch(self.regex, str(value)):
            raise ValidationError
        return str(value)


def install_converters(target: Target) -> None:
    """Add the ``slug`` converter to an application.

    A blueprint adds it when it is registered on an application. A ``slug`` converter
    that the application has already is kept.
    """
    if isinstance(target, Blueprint):
        target.record_once(lambda state: _install(state.app))
    else:
        _install(target)


def _install(app: Any) -> None:
    app.url_map.converters.setdefault("slug", SlugConverter)

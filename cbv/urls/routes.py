"""Which address calls which view: Django's list of URLs, for an app or a blueprint.

Django keeps these in ``django.urls``; import them from ``cbv`` or ``cbv.urls``.
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
#: What :func:`register` gives addresses to.
Target = Flask | Blueprint

#: By application or blueprint and endpoint: the view and the function made of it.
_registered: WeakKeyDictionary[Target, dict[str, tuple[Any, Any]]] = WeakKeyDictionary()


class URLPattern(NamedTuple):
    """One rule and its view, as :func:`path` makes it. Django: ``URLPattern``."""

    rule: str
    view: Any
    kwargs: Mapping[str, Any]
    name: str | None
    options: Mapping[str, Any]


class Include(NamedTuple):
    """What :func:`include` found: a list of patterns, or a blueprint."""

    patterns: Iterable[Any]
    namespace: str | None
    module: str | None = None
    blueprint: Blueprint | None = None


class URLResolver(NamedTuple):
    """A prefix and what stands behind it. Django: ``URLResolver``."""

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

    :param rule: Flask's rule; the leading slash may be left out, as in Django.
    :param view: a view class, what ``as_view()`` returned, a function, or
        :func:`include`.
    :param kwargs: more URL values for the view (Flask's ``defaults``).
    :param name: the endpoint; else the function's name, or the class name in snake
        case less ``_view``.
    :param options: Flask's, such as ``methods`` and ``strict_slashes``.
    :raises TypeError: when ``view`` is none of these.

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
    """Return other URLs to be put behind a prefix by :func:`path`.

    With a namespace they make a blueprint of that name: endpoints are called
    ``namespace.name``, templates are looked for in ``namespace/`` first.

    :param source: a list of patterns, ``(list, namespace)``, a module (or its dotted
        name) with ``urlpatterns`` and perhaps ``app_name``, or a Flask blueprint.
    :param namespace: wins over the module's ``app_name`` and a blueprint's name.
    :raises ImproperlyConfigured: when the source holds no list of patterns.

    Since 0.1. Django: ``django.urls.include``.
    """
    if isinstance(source, Blueprint):
        return Include((), namespace, blueprint=source)
    if isinstance(source, str):
        source = import_module(source)
    own_name = module = None
    if isinstance(source, ModuleType):
        module, own_name = source.__name__, getattr(source, "app_name", None)
        source = getattr(source, "urlpatterns", None)
    elif isinstance(source, tuple) and len(source) == 2 and isinstance(source[1], str):
        source, own_name = source
    _check_patterns(source, module)
    return Include(source, namespace or own_name, module)


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
    """Give an application or a blueprint its addresses.

    Brings the ``<slug:...>`` converter along. Of several rules that fit, Flask takes
    the most specific one, wherever it stands in the list.

    :param urlpatterns: what :func:`path` returned.
    :raises ImproperlyConfigured: when two views are given one endpoint.

    Since 0.1. Django: ``ROOT_URLCONF``.
    """
    urlpatterns = list(urlpatterns)
    _check_patterns(urlpatterns, None)
    install_converters(target)
    _add(target, urlpatterns, "", {})


def route(
    target: Target, rule: str, name: str | None = None, **options: Any
) -> Callable[[T], T]:
    """Register a view class where it is written, as ``@app.route`` does a function.

    :param target: the application or blueprint.
    :param rule: Flask's rule.
    :param name: the endpoint; else the class name in snake case less ``_view``.
    :param options: Flask's, such as ``defaults`` and ``strict_slashes``.
    :returns: a decorator that gives back the class as it is.

    Since 0.1. Flask: ``Flask.route``, for classes.
    """

    def decorate(view_class: T) -> T:
        register(target, [path(rule, view_class, name=name, **options)])
        return view_class

    return decorate


# --- the target --------------------------------------------------------------------


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
        function, endpoint = _function(target, entry.view, entry.name)
        target.add_url_rule(rule, endpoint, function, **options)


def _add_included(
    target: Target, found: Include, prefix: str, kwargs: Mapping[str, Any]
) -> None:
    if found.blueprint is not None:
        options = {"name": found.namespace} if found.namespace else {}
        target.register_blueprint(
            found.blueprint,
            url_prefix="/" + prefix.strip("/"),
            url_defaults=kwargs,
            **options,
        )
    elif found.namespace:
        blueprint = Blueprint(found.namespace, found.module or target.import_name)
        _add(blueprint, found.patterns, prefix, kwargs)
        target.register_blueprint(blueprint)
    else:
        _add(target, found.patterns, prefix, kwargs)


def _join(prefix: str, rule: str) -> str:
    """Put a rule behind its prefix, as Django does, but never with two slashes."""
    return prefix + rule.lstrip("/") if prefix.endswith("/") else prefix + rule


def _function(target: Target, view: Any, name: str | None) -> tuple[Any, str]:
    """Return the function and the endpoint of a view: one endpoint, one function."""
    is_class = _is_view_class(view)
    name = name or (endpoint_name(view) if is_class else getattr(view, "__name__", ""))
    if not name:
        raise ImproperlyConfigured(f"{view!r} has no name. Cure: give path() a name.")
    known = _registered.setdefault(target, {})
    if name not in known:
        known[name] = (view, view.as_view(name) if is_class else view)
    if known[name][0] is not view:
        raise ImproperlyConfigured(
            f"Endpoint {name!r} is given to two views: {_shown(known[name][0])} and"
            f" {_shown(view)}. Cure: give one of their paths another name."
        )
    return known[name][1], name


def _is_view_class(view: Any) -> bool:
    return isinstance(view, type) and issubclass(view, FlaskView)


def _shown(view: Any) -> str:
    view_class = getattr(view, "view_class", view)
    return str(getattr(view_class, "__name__", view))


class SlugConverter(BaseConverter):
    """``<slug:name>``: ASCII letters, digits, hyphens and underscores.

    Django: ``django.urls.converters.SlugConverter``.
    """

    regex = "[-a-zA-Z0-9_]+"

    def to_url(self, value: Any) -> str:
        """Return the slug for a URL; any other text makes no address."""
        if not re.fullmatch(self.regex, str(value)):
            raise ValidationError
        return str(value)


def install_converters(target: Target) -> None:
    """Give an application, or the one a blueprint meets, the ``slug`` converter.

    A converter of that name which the application has already is kept.
    """
    if isinstance(target, Blueprint):
        target.record_once(lambda state: _install(state.app))
    else:
        _install(target)


def _install(app: Any) -> None:
    app.url_map.converters.setdefault("slug", SlugConverter)

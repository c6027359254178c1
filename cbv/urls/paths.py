"""Addresses: from endpoints, lazily, from user input, and with a query string.

Django keeps these in ``django.urls``, ``django.shortcuts`` and ``django.utils.http``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import suppress
from difflib import get_close_matches
from typing import Any
from urllib.parse import parse_qsl
from urllib.parse import quote
from urllib.parse import urlencode
from urllib.parse import urlsplit
from urllib.parse import urlunsplit

from flask import current_app
from flask import redirect
from flask import request
from flask import url_for
from markupsafe import escape
from werkzeug.datastructures import MultiDict
from werkzeug.routing import BuildError
from werkzeug.routing import Rule
from werkzeug.wrappers import Response

from ..db.columns import is_mapped
from ..db.columns import key_names
from ..exceptions import ImproperlyConfigured
from ..exceptions import misconfigured
from .routes import include
from .routes import path
from .routes import register
from .routes import route

__all__ = [
    "NoReverseMatch",
    "include",
    "path",
    "querystring",
    "redirect_to_login",
    "register",
    "resolve_url",
    "reverse",
    "reverse_lazy",
    "route",
    "url_has_allowed_host_and_scheme",
]

_MAX_LENGTH = 2048
_RULE_NAME = re.compile(r"<(?:[^<>]*:)?([^<>:]+)>")
_DJANGO_NAME = re.compile(r"[A-Za-z_]\w*(:[A-Za-z_]\w*)+")


def reverse(
    endpoint: str,
    kwargs: Mapping[str, Any] | None = None,
    *,
    args: Sequence[Any] = (),
    **values: Any,
) -> str:
    """Return the path of an endpoint.

    :param endpoint: as ``url_for`` takes it; a leading dot means this blueprint.
    :param kwargs: URL values in a mapping, as Django's ``reverse`` has them.
    :param args: URL values in the order in which the rule has them.
    :param values: URL values by name; what no rule uses goes into the query.
    :raises NoReverseMatch: when no rule fits; a werkzeug BuildError with near names.

    Since 0.1. Django: ``django.urls.reverse``.
    """
    named = {**_by_position(endpoint, args), **(kwargs or {}), **values}
    try:
        return url_for(endpoint, **named)
    except BuildError as error:
        raise explained(error) from error


def _by_position(endpoint: str, args: Sequence[Any]) -> dict[str, Any]:
    """Give values in order the names that a rule of the endpoint has for them."""
    if not args:
        return {}
    for rule in _rules(absolute(endpoint)):
        names = _RULE_NAME.findall(rule.rule)
        if len(names) == len(args):
            return dict(zip(names, args, strict=True))
    raise NoReverseMatch(endpoint, dict(enumerate(args)), None)


class NoReverseMatch(BuildError):
    """No rule fits an endpoint and its values; the message names what would.

    Since 0.1. Django: ``django.urls.NoReverseMatch``.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._text = self._explanation()

    def __str__(self) -> str:
        return self._text

    def _explanation(self) -> str:
        if rules := _rules(self.endpoint):
            listed = ", ".join(rule.rule for rule in rules)
            given = ", ".join(map(str, self.values or ())) or "none"
            return (
                f"No rule of the endpoint {self.endpoint!r} fits the values given"
                f" ({given}). Its rules: {listed}."
            )
        near = _near(str(self.endpoint))
        hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
        return f"There is no endpoint {self.endpoint!r}.{hint}"


def explained(error: BuildError) -> NoReverseMatch:
    """Return a BuildError as one that names near endpoints, or the rules it has."""
    return NoReverseMatch(error.endpoint, error.values, error.method, error.adapter)


def _near(endpoint: str) -> list[str]:
    """Return existing endpoints that may be meant: in a blueprint, or misspelt.

    Django's ``blog:post_list`` is Flask's ``blog.post_list``.
    """
    names = sorted({rule.endpoint for rule in current_app.url_map.iter_rules()})
    wanted = endpoint.replace(":", ".")
    local = wanted.rpartition(".")[2]
    same = [name for name in names if name.rpartition(".")[2] == local]
    return same[:3] or get_close_matches(wanted, names, n=3)


def absolute(endpoint: str) -> str:
    """Return an endpoint with this request's blueprint in the place of a first dot."""
    if not endpoint.startswith("."):
        return endpoint
    return f"{request.blueprint}{endpoint}" if request.blueprint else endpoint[1:]


def _rules(endpoint: str) -> list[Rule]:
    with suppress(KeyError):
        return list(current_app.url_map.iter_rules(endpoint))
    return []


class LazyURL:
    """An address that is looked up each time it is used as a text."""

    def __init__(
        self, endpoint: str, values: Mapping[str, Any], args: Sequence[Any] = ()
    ) -> None:
        self.endpoint, self.values, self.args = endpoint, dict(values), tuple(args)

    def __str__(self) -> str:
        return reverse(self.endpoint, self.values, args=self.args)

    def __repr__(self) -> str:
        return f"reverse_lazy({self.endpoint!r})"

    def __html__(self) -> str:
        return str(escape(str(self)))

    def __mod__(self, values: Any) -> str:
        filled: str = str(self) % values
        return filled

    def format(self, *args: Any, **values: Any) -> str:
        """Return the address with ``{name}`` filled in, as ``str.format`` does."""
        return str(self).format(*args, **values)


def reverse_lazy(
    endpoint: str,
    kwargs: Mapping[str, Any] | None = None,
    *,
    args: Sequence[Any] = (),
    **values: Any,
) -> LazyURL:
    """Return an address for a class body, where no application is at hand yet.

    Since 0.1. Django: ``django.urls.reverse_lazy``.
    """
    return LazyURL(endpoint, {**(kwargs or {}), **values}, args)


def is_endpoint(target: Any) -> bool:
    """Tell whether a text names an endpoint: no slash, scheme, query or fragment.

    Django's ``blog:post_list`` counts as one, so that it is refused with a hint.
    """
    if not isinstance(target, str) or not target:
        return False
    if _DJANGO_NAME.fullmatch(target):
        return True
    return not any(mark in target for mark in "/:?#%{ ")


def resolve_url(target: Any, **values: Any) -> str:
    """Return the address that a path, URL, lazy URL, endpoint or object stands for.

    An object is asked for its ``get_absolute_url()``.

    Since 0.1. Django: ``django.shortcuts.resolve_url``.
    """
    if hasattr(target, "get_absolute_url"):
        target = target.get_absolute_url()
    return reverse(target, **values) if is_endpoint(target) else str(target)


class _Values(Mapping[str, str]):
    """What fills the ``{name}`` of a success URL: the object's attributes, quoted."""

    def __init__(self, owner: object, obj: Any, url_values: Mapping[str, Any]) -> None:
        self.owner, self.obj, self.url_values = owner, obj, url_values

    def get_value(self, name: str) -> Any:
        """Return the object's attribute, its key for ``pk``, else the URL value."""
        if name == "pk" and is_mapped(type(self.obj)) and not hasattr(self.obj, "pk"):
            names = key_names(type(self.obj))
            name = names[0] if len(names) == 1 else name
        if hasattr(self.obj, name):
            return getattr(self.obj, name)
        return self.url_values[name]

    def __getitem__(self, name: str) -> str:
        try:
            return quote(str(self.get_value(name)), safe="/")
        except KeyError:
            problem = f"has a success_url with {{{name}}}, which its object has not"
            raise misconfigured(self.owner, problem, "name an attribute") from None

    def __iter__(self) -> Any:
        return iter(())

    def __len__(self) -> int:
        return 0


def filled_url(owner: Any, target: Any, obj: Any) -> str:
    """Return a success URL with ``{pk}``, ``{slug}`` … filled from an object.

    An endpoint gets the URL values that its rule asks for from the object, else from
    this request's URL values.

    :param owner: the view; errors name its class.
    :raises ImproperlyConfigured: for a name that neither has.
    """
    values = _Values(owner, obj, owner.kwargs)
    if is_endpoint(target):
        found: dict[str, Any] = {}
        for argument in _arguments(absolute(target)):
            with suppress(KeyError):
                found[argument] = values.get_value(argument)
        return reverse(target, found)
    text = str(target)
    if "{" not in text:
        return text
    url = text.format_map(values)
    # A value that starts with a slash must not turn a path into a host.
    return url if text.startswith("//") else re.sub(r"^/{2,}", "/", url)


def _arguments(endpoint: str) -> set[str]:
    """Return the URL values that the rules of an endpoint ask for."""
    return {
        name
        for rule in _rules(endpoint)
        for name in rule.arguments - set(rule.defaults or ())
    }


def querystring(**changes: Any) -> str:
    """Return this request's query string with some of its keys changed.

    ``<a href="{{ querystring(page=2) }}">`` keeps every filter and order in place.

    :param changes: new values; None removes a key, a list repeats it.
    :returns: a relative address that starts with ``?``.

    Since 0.1. Django: the template tag ``{% querystring %}``.
    """
    query = MultiDict(request.args)
    for name, value in changes.items():
        query.poplist(name)
        if value is not None:
            query.setlist(name, value if isinstance(value, (list, tuple)) else [value])
    return "?" + urlencode(list(query.items(multi=True)))


def url_has_allowed_host_and_scheme(
    url: str | None,
    allowed_hosts: str | Iterable[str] | None = None,
    require_https: bool = False,
) -> bool:
    """Tell whether an address from outside leads to one of the allowed hosts.

    Stricter than Django, because Werkzeug drops a tab from a Location header, which
    makes ``/<tab>/evil.example`` another host: any control or surrogate character is
    refused. Redirect to ``url.strip()``, which is what was judged.

    :param allowed_hosts: hosts as in the Host header, with port; a path needs none.

    Since 0.1. Django: ``django.utils.http.url_has_allowed_host_and_scheme``.
    CVE-2012-3442 to CVE-2017-7233, CVE-2021-32618.
    """
    url = (url or "").strip()
    if not url or len(url) > _MAX_LENGTH or unicodedata.category(url[0])[0] == "C":
        return False
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in url):
        return False
    hosts = {allowed_hosts} if isinstance(allowed_hosts, str) else allowed_hosts or ()
    schemes = {"https"} if require_https else {"http", "https"}
    # Browsers read a backslash as a slash.
    return all(
        _stays(reading, set(hosts), schemes)
        for reading in (url, url.replace("\\", "/"))
    )


def _stays(url: str, hosts: set[str], schemes: set[str]) -> bool:
    if url.startswith("///"):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if not parts.netloc:
        return not parts.scheme and not url.startswith("//")
    return parts.netloc in hosts and (parts.scheme or min(schemes)) in schemes


# --- the login page --------------------------------------------------------------


def login_url(chosen: Any = None) -> str:
    """Return the address of the login page.

    :param chosen: a path, URL, lazy URL or endpoint; else ``CBV_LOGIN_URL``, else the
        ``login_view`` of Flask-Login's manager.
    :raises ImproperlyConfigured: when none of them is set.
    """
    manager = getattr(current_app, "login_manager", None)
    target = (
        chosen
        or current_app.config.get("CBV_LOGIN_URL")
        or getattr(manager, "login_view", None)
    )
    if not target:
        raise ImproperlyConfigured(
            f"The application {current_app.name!r} does not say where its login page"
            " is. Cure: set CBV_LOGIN_URL to a path or endpoint, or set login_url on"
            " the view, or set login_manager.login_view."
        )
    return resolve_url(target)


def redirect_to_login(
    next: str, login_url: Any = None, redirect_field_name: str | None = "next"
) -> Response:
    """Return the redirect (302) to the login page that will come back to ``next``.

    Since 0.1. Django: ``django.contrib.auth.views.redirect_to_login``.
    """
    parts = urlsplit(_login_url(login_url))
    query = [
        (key, value)
        for key, value in parse_qsl(parts.query, keep_blank_values=True)
        if key != redirect_field_name
    ]
    if redirect_field_name:
        query.append((redirect_field_name, next))
    target = urlunsplit(parts._replace(query=urlencode(query, safe="/")))
    return redirect(target, code=302)


_login_url = login_url


def this_address(login_address: str) -> str:
    """Return what ``next`` says: this request's path with query, or the whole URL.

    The whole URL where the login page is on another host or scheme.
    """
    parts = urlsplit(login_address)
    other_scheme = parts.scheme and parts.scheme != request.scheme
    other_host = parts.netloc and parts.netloc != request.host
    start = request.host_url.rstrip("/") if other_scheme or other_host else ""
    query = request.query_string.decode(errors="replace")
    path = start + request.script_root + request.path
    return f"{path}?{query}" if query else path

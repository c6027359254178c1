"""Build the URL of an endpoint, object or login page, and check URLs from users.

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
from urllib.parse import urlencode
from urllib.parse import urlsplit
from urllib.parse import urlunsplit

from flask import current_app
from flask import request
from flask import url_for
from markupsafe import escape
from werkzeug.routing import BuildError
from werkzeug.routing import Rule
from werkzeug.wrappers import Response

from ..db.columns import is_mapped
from ..db.columns import key_names
from ..exceptions import ImproperlyConfigured
from ..exceptions import misconfigured
from .prefix import script_root
from .prefix import without_false_prefix
from .redirects import HostAddress
from .redirects import path_value
from .redirects import quoted_path
from .redirects import redirect
from .redirects import single_slash

_MAX_LENGTH = 2048
_RULE_NAME = r"<(?:[^<>]*:)?([^<>:]+)>"
_DJANGO_NAME = r"[A-Za-z_]\w*(:[A-Za-z_]\w*)+"


def reverse(
    endpoint: str,
    kwargs: Mapping[str, Any] | None = None,
    *,
    args: Sequence[Any] = (),
    **values: Any,
) -> str:
    """Return the URL path of an endpoint.

    :param endpoint: as for ``url_for``; a leading dot means the current blueprint.
    :param kwargs: URL values in a mapping, as in Django's ``reverse``.
    :param args: URL values in the order of the rule's variables.
    :param values: URL values by name; those that the rule does not use go into the
        query string.
    :raises NoReverseMatch: when no rule of the endpoint fits the values.

    Since 0.1. Django: ``django.urls.reverse``.
    """
    named = {**_by_position(endpoint, args), **(kwargs or {}), **values}
    try:
        return without_false_prefix(url_for(endpoint, **named))
    except BuildError as error:
        raise explained(error) from error


def _by_position(endpoint: str, args: Sequence[Any]) -> dict[str, Any]:
    """Name positional URL values after the variables of a rule of the endpoint."""
    if not args:
        return {}
    for rule in _rules(absolute(endpoint)):
        names = re.findall(_RULE_NAME, rule.rule)
        if len(names) == len(args):
            return dict(zip(names, args, strict=True))
    raise NoReverseMatch(endpoint, dict(enumerate(args)), None)


class NoReverseMatch(BuildError):
    """No URL rule fits an endpoint and its values.

    The message lists the endpoint's rules, or existing endpoints with a similar name.

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
            names = ", ".join(map(str, self.values or ())) or "none"
            return (
                f"No rule of the endpoint {self.endpoint!r} fits the values given"
                f" ({names}). Its rules: {listed}."
            )
        near = _near(str(self.endpoint))
        hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
        return f"There is no endpoint {self.endpoint!r}.{hint}"


def explained(error: BuildError) -> NoReverseMatch:
    """Return the NoReverseMatch, with its fuller message, for werkzeug's BuildError."""
    return NoReverseMatch(error.endpoint, error.values, error.method, error.adapter)


def _near(endpoint: str) -> list[str]:
    """Return up to three existing endpoints that a wrong one may have meant.

    Those of the same name in a blueprint, else those with a similar spelling. Django's
    ``blog:post_list`` is Flask's ``blog.post_list``.
    """
    names = sorted({rule.endpoint for rule in current_app.url_map.iter_rules()})
    dotted = endpoint.replace(":", ".")
    local = dotted.rpartition(".")[2]
    namesakes = [name for name in names if name.rpartition(".")[2] == local]
    return namesakes[:3] or get_close_matches(dotted, names, n=3)


def absolute(endpoint: str) -> str:
    """Return an endpoint with its leading dot replaced by the current blueprint."""
    if not endpoint.startswith("."):
        return endpoint
    return f"{request.blueprint}{endpoint}" if request.blueprint else endpoint[1:]


def _rules(endpoint: str) -> list[Rule]:
    with suppress(KeyError):
        return list(current_app.url_map.iter_rules(endpoint))
    return []


class LazyURL:
    """A URL that is built from its endpoint each time it is used as a text."""

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
        """Return the URL with each ``{name}`` replaced, as ``str.format`` does."""
        return str(self).format(*args, **values)


def reverse_lazy(
    endpoint: str,
    kwargs: Mapping[str, Any] | None = None,
    *,
    args: Sequence[Any] = (),
    **values: Any,
) -> LazyURL:
    """Return a URL that :func:`reverse` builds each time it is used as a text.

    For class bodies, which run before there is an application. Takes the arguments of
    :func:`reverse`, and raises its errors when it is used.

    Since 0.1. Django: ``django.urls.reverse_lazy``.
    """
    return LazyURL(endpoint, {**(kwargs or {}), **values}, args)


def is_endpoint(target: Any) -> bool:
    """Tell whether a text is an endpoint: it has no slash, scheme, query or fragment.

    Django's ``blog:post_list`` counts as one, so that its error can suggest
    ``blog.post_list``.
    """
    if not isinstance(target, str) or not target:
        return False
    if re.fullmatch(_DJANGO_NAME, target):
        return True
    return not any(mark in target for mark in "/:?#%{ ")


def resolve_url(target: Any, **values: Any) -> str:
    """Return the URL for an object, an endpoint, a path, a URL or a lazy URL.

    :param target: an object gives its ``get_absolute_url()``; an endpoint is reversed;
        anything else is returned as a text.
    :param values: URL values for an endpoint.
    :raises NoReverseMatch: when no rule of the endpoint fits the values.

    Since 0.1. Django: ``django.shortcuts.resolve_url``.
    """
    if hasattr(target, "get_absolute_url"):
        return str(target.get_absolute_url())
    return reverse(target, **values) if is_endpoint(target) else HostAddress(target)


class _Values(Mapping[str, str]):
    """The values for each ``{name}`` in a success URL: the object's, URL-quoted."""

    def __init__(self, owner: object, obj: Any, url_values: Mapping[str, Any]) -> None:
        self.owner, self.obj, self.url_values = owner, obj, url_values

    def get_value(self, name: str) -> Any:
        """Return the object's attribute (``pk``: its primary key), else the URL value.

        :raises KeyError: when neither exists.
        """
        if name == "pk" and is_mapped(type(self.obj)) and not hasattr(self.obj, "pk"):
            names = key_names(type(self.obj))
            name = names[0] if len(names) == 1 else name
        if hasattr(self.obj, name):
            return getattr(self.obj, name)
        return self.url_values[name]

    def __getitem__(self, name: str) -> str:
        try:
            return path_value(self.get_value(name))
        except KeyError:
            problem = f"has a success_url with {{{name}}}, which its object has not"
            raise misconfigured(self.owner, problem, "name an attribute") from None

    def __iter__(self) -> Any:
        return iter(())

    def __len__(self) -> int:
        return 0


def filled_url(owner: Any, target: Any, obj: Any) -> str:
    """Return a view's success URL, with ``{pk}``, ``{slug}`` … filled from an object.

    :param owner: the view; an error names its class.
    :param target: a URL, path or lazy URL with such names, or an endpoint, whose rule
        names the values that it needs.
    :param obj: gives the values; those that it lacks come from the view's URL values.
    :raises ImproperlyConfigured: for a ``{name}`` that is in neither.
    """
    values = _Values(owner, obj, owner.kwargs)
    if is_endpoint(target):
        url_values: dict[str, Any] = {}
        for argument in _arguments(absolute(target)):
            with suppress(KeyError):
                url_values[argument] = values.get_value(argument)
        return reverse(target, url_values)
    text = str(target)
    url = text.format_map(values) if "{" in text else text
    # A value that starts with a slash must not turn a path into a host.
    return HostAddress(url) if text.startswith("//") else single_slash(url)


def no_success_url(view: object, *cures: str) -> ImproperlyConfigured:
    """Return the error for a view that has no URL to redirect to after success."""
    first, last = "set success_url to a URL or endpoint", "override get_success_url()"
    return misconfigured(view, "has nowhere to go after success", first, *cures, last)


def _arguments(endpoint: str) -> set[str]:
    """Return the names of the URL values that the rules of an endpoint need."""
    return {
        name
        for rule in _rules(endpoint)
        for name in rule.arguments - set(rule.defaults or ())
    }


def url_has_allowed_host_and_scheme(
    url: str | None,
    allowed_hosts: str | Iterable[str] | None = None,
    require_https: bool = False,
) -> bool:
    """Tell whether a URL from outside leads to one of the allowed hosts.

    Unlike Django, it refuses any control or surrogate character: Werkzeug drops a tab
    from a Location header, which turns ``/<tab>/evil.example`` into another host.
    Redirect to ``url.strip()``, because that is the text that is checked.

    :param allowed_hosts: hosts as in the Host header, with port. A path needs none.
    :param require_https: whether a full URL must start with ``https:``.

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
        _is_allowed(reading, set(hosts), schemes)
        for reading in (url, url.replace("\\", "/"))
    )


def _is_allowed(url: str, hosts: set[str], schemes: set[str]) -> bool:
    if url.startswith("///"):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if not parts.netloc:
        return not parts.scheme and not url.startswith("//")
    return parts.netloc in hosts and (parts.scheme or "http") in schemes


# --- the login page --------------------------------------------------------------


def login_url(chosen: Any = None) -> str:
    """Return the URL of the login page.

    :param chosen: a path, URL, lazy URL or endpoint. Without it what Flask-Login's
        manager has for the blueprint of this request (``blueprint_login_views``) is
        used, else the setting ``CBV_LOGIN_URL``, else the manager's ``login_view``.
    :raises ImproperlyConfigured: when none of them is set.
    """
    manager = getattr(current_app, "login_manager", None)
    of_blueprints = getattr(manager, "blueprint_login_views", {})
    target = (
        chosen
        or of_blueprints.get(request.blueprint if request else None)
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
    """Return the redirect (302) to the login page, which later leads to ``next``.

    :param next: the URL to return to after the login.
    :param login_url: the login page, as for the function :func:`login_url`.
    :param redirect_field_name: the query key for ``next``; None leaves it out.

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
    encoded = urlencode(query, safe="/", errors="surrogatepass")
    return redirect(HostAddress(urlunsplit(parts._replace(query=encoded))), code=302)


_login_url = login_url


def this_address(login_address: str) -> str:
    """Return the URL of this request, to return to after the login.

    It is a path with its query string, or a full URL if the login page is on another
    host or scheme.
    """
    parts = urlsplit(login_address)
    other_scheme = parts.scheme and parts.scheme != request.scheme
    other_host = parts.netloc and parts.netloc != request.host
    start = request.host_url.rstrip("/") if other_scheme or other_host else ""
    query = request.query_string.decode(errors="replace")
    path = start + quoted_path(script_root() + request.path)
    return f"{path}?{query}" if query else path

"""Redirect to an address of which a part may come from a request or from a row.

Every redirect of cbv goes through :func:`safe_address`. Werkzeug and browsers drop tabs
and line ends from an address and read a backslash as a slash, so that a path can become
another host: ``/<tab>/evil.example`` is ``//evil.example`` then.

Django: ``HttpResponseRedirect`` and ``escape_leading_slashes``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote
from urllib.parse import urlsplit

from flask import abort
from flask import redirect as flask_redirect
from werkzeug.urls import iri_to_uri
from werkzeug.wrappers import Response

from ..exceptions import misconfigured

#: White space, control characters and halves of surrogate pairs.
_HIDDEN = r"[\s\x00-\x20\x7f-\x9f\ud800-\udfff]"
#: Characters that a path has another meaning with.
_NO_PATH = r"[\s\x00-\x20\x7f-\x9f\ud800-\udfff%?#\\]"
_PLACEHOLDER = r"%\(\w+\)s"
#: The schemes that a redirect may lead to, as in Django.
_SCHEMES = ("", "http", "https", "ftp")


class HostAddress(str):
    """An address that may begin with ``//host``, because the code names that host.

    Two slashes at the beginning of any other address come from a value that was filled
    in, such as a slug.
    """

    __slots__ = ()


def redirect(address: Any, code: int) -> Response:
    """Return the redirect to an address, as :func:`safe_address` gives it."""
    return flask_redirect(safe_address(address), code=code)


def safe_address(address: Any) -> str:
    """Return an address that a header can carry and that names no unexpected host.

    Hidden characters are quoted first; then slashes at the beginning become one, except
    in a :class:`HostAddress`; then the rest is quoted where it needs to be.

    :param address: a path, a URL or a lazy URL.
    :raises werkzeug.exceptions.BadRequest: for an address that cannot be read, and for
        one with another scheme than http, https and ftp, such as ``javascript:``.
    """
    visible = re.sub(_HIDDEN, _quoted, str(address))
    if not isinstance(address, HostAddress):
        visible = single_slash(visible)
    try:
        uri = iri_to_uri(visible.replace("\\", "%5C"))
        scheme = urlsplit(uri).scheme
    except ValueError:  # no IPv6 address in brackets, no port, no name of a host
        scheme = None
    if scheme not in _SCHEMES:
        abort(400, description="There is no redirect to such an address")
    return uri


def single_slash(address: str) -> str:
    """Replace several slashes and backslashes at the beginning of an address by one."""
    return re.sub(r"^[/\\]{2,}", "/", address)


def filled_url(view: object, pattern: str, values: Mapping[str, Any]) -> str:
    """Return a RedirectView's ``url`` with its placeholders replaced by URL values.

    :raises ImproperlyConfigured: where the values do not fit the pattern.
    """
    try:
        return _filled(pattern, values)
    except (KeyError, ValueError, TypeError) as error:
        problem = f"has url = {pattern!r}, which cannot be filled from {dict(values)}"
        cures = ("name a value of its rule", "write %% for a percent sign")
        raise misconfigured(view, problem, *cures) from error


def _filled(pattern: str, values: Mapping[str, Any]) -> str:
    """Return a pattern with each ``%(name)s`` replaced by a URL value, quoted.

    A pattern that is one placeholder and nothing else gives the value as it is: then
    the URL rule decides about the host.
    """
    if re.fullmatch(_PLACEHOLDER, pattern):
        return HostAddress(pattern % values)
    texts = {
        name: path_value(value, "/\\!$&'()*+,;=~") if isinstance(value, str) else value
        for name, value in values.items()
    }
    filled = pattern % texts
    return HostAddress(filled) if pattern.startswith("//") else single_slash(filled)


def path_value(value: Any, safe: str = "/") -> str:
    """Return a value quoted for the path of an address; its slashes are kept."""
    return quote(str(value), safe=safe, errors="surrogatepass")


def quoted_path(path: str) -> str:
    """Return the decoded path of a request as an address, with its special characters.

    Other characters than ASCII are kept, for people to read.
    """
    return re.sub(_NO_PATH, _quoted, path)


def _quoted(match: re.Match[str]) -> str:
    return quote(match[0], safe="", errors="surrogatepass")

"""Protection against cross-site request forgery (CSRF).

An unsafe request (POST, PUT, PATCH, DELETE) must come from a page of the application.
Django: ``django.middleware.csrf``. The token is Flask-WTF's, so forms, templates and
``CSRFProtect`` agree with it; cbv's form views check it themselves, because a plain
``wtforms.Form`` and a DELETE without a body have no token field that a form would
check.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import abort
from flask import current_app
from flask import g
from flask import request
from flask_wtf.csrf import CSRFError
from flask_wtf.csrf import validate_csrf
from wtforms.validators import ValidationError

#: The HTTP methods that may change data (RFC 9110, 9.2.1) and therefore need a token.
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
#: A time limit, in seconds, that no token exceeds.
_FOREVER = 10**10


class TokenExpired(CSRFError):  # type: ignore[misc]
    """The error for the right token in a form field, sent after its time was over."""


def protect(exempt: bool) -> None:
    """Refuse this request with status 400 if another site may have sent it.

    The Origin or Referer header must not name another site, and the form field or the
    ``X-CSRFToken`` header must hold a valid token. Nothing is checked where
    ``WTF_CSRF_ENABLED`` is false, nor for a view that Flask-WTF's ``csrf.exempt(view)``
    was called with.

    :param exempt: the view's ``csrf_exempt``: True to check nothing.
    :raises flask_wtf.csrf.CSRFError: status 400, with the reason.
    :raises TokenExpired: of these, for the right token of a form, but too late.

    Django: ``CsrfViewMiddleware.process_view``.
    """
    if not current_app.config.get("WTF_CSRF_ENABLED", True):
        return
    if exempt or _is_exempt():
        g.csrf_valid = True  # a FlaskForm in this view would ask for a token again
        return
    _check_origin()
    if not g.get("csrf_valid", False):
        try:
            validate_csrf(_token(request.headers))
        except ValidationError as error:
            kind = TokenExpired if _was_valid(_token({})) else CSRFError
            raise kind(str(error)) from error
    g.csrf_valid = True


def _was_valid(token: str | None) -> bool:
    """Tell whether a token is that of this session, however old it is."""
    try:
        validate_csrf(token, time_limit=_FOREVER)
    except ValidationError:
        return False
    return True


def was_written() -> bool:
    """Tell whether a token was written into a page by this request."""
    return current_app.config.get("WTF_CSRF_FIELD_NAME", "csrf_token") in g


def _is_exempt() -> bool:
    """Tell whether the application exempted this view with Flask-WTF's CSRFProtect."""
    extension: Any = current_app.extensions.get("csrf")
    if extension is None or request.endpoint is None:
        return False
    function = current_app.view_functions[request.endpoint]
    name = f"{function.__module__}.{function.__name__}"
    blueprint = current_app.blueprints.get(request.blueprint or "")
    return name in extension._exempt_views or blueprint in extension._exempt_blueprints


def _token(sent: Any) -> str | None:
    """Return the token from the form or from headers, None if neither has one."""
    config = current_app.config
    field = config.get("WTF_CSRF_FIELD_NAME", "csrf_token")
    # A form with a prefix names its field <prefix>-csrf_token.
    names = [field, *(name for name in request.form if name.endswith(f"-{field}"))]
    headers = config.get("WTF_CSRF_HEADERS", ["X-CSRFToken", "X-CSRF-Token"])
    tokens = [request.form.get(name) for name in names]
    tokens += [sent.get(name) for name in headers]
    return next(filter(None, tokens), None)


def _check_origin() -> None:
    """Refuse a request whose Origin header names another site.

    Without an Origin, an https request must have a Referer of this host.
    """
    referer, host = split_referer(), request.host.lower()
    origin = request.headers.get("Origin")
    if origin is not None:
        # A proxy may end TLS without telling us: https on our host is still our page.
        own_origins = {f"{request.scheme}://{host}", f"https://{host}"}
        if origin.lower() not in own_origins:
            raise CSRFError("The Origin header does not match the host.")
        return
    if not request.is_secure or not current_app.config.get("WTF_CSRF_SSL_STRICT", True):
        return
    if referer is None:
        raise CSRFError("The referrer header is missing.")
    if (referer.scheme, referer.netloc.lower()) != ("https", host):
        raise CSRFError("The referrer does not match the host.")


def split_referer() -> Any:
    """Return the parts of the Referer header's URL, None without that header.

    :returns: a ``urllib.parse.SplitResult``.
    :raises werkzeug.exceptions.BadRequest: for a malformed URL.
    """
    referer = request.headers.get("Referer")
    if not referer:
        return None
    try:
        parts = urlsplit(referer)
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError:
        abort(400, description="The Referer header is malformed.")
    return parts

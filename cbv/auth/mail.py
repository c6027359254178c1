"""How mail is sent to a user, through Flask-Mailman, and how its links are built.

The host in a link comes from the configuration, never from the Host header of a
request, which an attacker can choose (CVE-2011-4139).

Django: ``django.core.mail``; for the host, ``PasswordResetForm`` uses
``get_current_site``.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any
from urllib.parse import SplitResult
from urllib.parse import urlsplit

from flask import current_app
from flask import render_template
from markupsafe import escape
from markupsafe import Markup

from ..exceptions import ImproperlyConfigured
from ..tasks.definition import task
from ..urls.prefix import script_root
from .shipped import own_or_shipped

try:
    import flask_mailman
except ImportError:  # an extra: flask-cbv[mail]
    flask_mailman = None

#: Seconds to wait for the mail server when ``MAIL_TIMEOUT`` is not set.
_PATIENCE = 10
#: What mail programs make links of: hosts, mail addresses, and all that has a scheme.
#: U+3002 is a dot in a host, too.
_LINK = re.compile(r"[.\u3002:@]\S")


def origin() -> SplitResult:
    """Return the scheme and host for links in mail, as the configuration says.

    They come from ``CBV_BASE_URL``, or else from ``PREFERRED_URL_SCHEME`` and
    ``SERVER_NAME``; never from the Host header, which anybody can set (CVE-2011-4139).

    :raises ImproperlyConfigured: when neither is set, or ``CBV_BASE_URL`` is no http
        or https address with a host.

    Since 0.1.
    """
    config = current_app.config
    address = config.get("CBV_BASE_URL")
    if not address and config.get("SERVER_NAME"):
        address = f"{config['PREFERRED_URL_SCHEME']}://{config['SERVER_NAME']}"
    parts = urlsplit(str(address or ""))
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ImproperlyConfigured(
            f"The application {current_app.name!r} does not say where links in mail"
            " lead. Cure: set CBV_BASE_URL to something like 'https://example.org', or"
            " set SERVER_NAME."
        )
    return parts


def absolute_url(endpoint: str, **values: Any) -> str:
    """Return the absolute URL of an endpoint, for a link in a mail.

    Its path starts with ``APPLICATION_ROOT`` where that is set, otherwise with the
    path under which the request's application is mounted.

    :param values: the URL values of the endpoint.
    :raises ImproperlyConfigured: as :func:`origin`.

    Since 0.1.
    """
    start = origin()
    root = current_app.config["APPLICATION_ROOT"].strip("/")
    adapter = current_app.url_map.bind(
        start.netloc,
        script_name=f"/{root}" if root else script_root(),
        url_scheme=start.scheme,
    )
    current_app.inject_url_defaults(endpoint, values)
    return adapter.build(endpoint, values, force_external=True)


def check_mail() -> None:
    """Check that the application can send mail, before a user is told that it will.

    :raises ImproperlyConfigured: when Flask-Mailman is not installed, or not
        initialized for this application.

    Since 0.1.
    """
    if flask_mailman is None or "mailman" not in current_app.extensions:
        raise ImproperlyConfigured(
            f"The application {current_app.name!r} cannot send mail. Cure: install"
            " flask-cbv[mail] and call flask_mailman.Mail().init_app(app), or override"
            " send_mail() of the form."
        )


def rendered(name: str, context: dict[str, Any]) -> str:
    """Return the text of a mail: its template, rendered with a context.

    The application's template is used if it exists, otherwise cbv's own.

    :param name: the name of the template, such as
        ``registration/password_reset_email.html``.

    Since 0.1.
    """
    return render_template([*own_or_shipped(name)], **context)


def readable_name(name: str, to_email: str) -> str:
    """Return a login name as it may stand in a mail to its user, else "".

    Mail programs make links of texts that look like an address. So a name such as
    ``www.evil.example``, which anybody could register with the address of somebody
    else, is left out. The address that the mail goes to may be the name.

    Since 0.1.
    """
    looks_like_a_link = _LINK.search(unicodedata.normalize("NFKC", name))
    return "" if looks_like_a_link and name != to_email else name


def html_of(text: str) -> str:
    """Return a plain text as HTML that keeps its line breaks.

    Only the URLs that lead to the application itself (see :func:`origin`) become links.

    Since 0.1.
    """
    start = origin()
    own = re.escape(f"{start.scheme}://{start.netloc}/")
    link = Markup('<a href="{0}" rel="noreferrer">{0}</a>')
    # The pieces with odd numbers are the URLs; what ends a sentence is not part of one.
    pieces = re.split(rf"""({own}(?:[^\s<>"']*[\w/=-])?)""", text)
    parts = [link.format(p) if n % 2 else escape(p) for n, p in enumerate(pieces)]
    body = Markup("").join(parts)
    return str(Markup('<div style="white-space: pre-wrap">{}</div>').format(body))


def send(
    subject: str, text: str, html: str, from_email: str | None, to_email: str
) -> None:
    """Send one mail with a plain text and an HTML version.

    With ``CBV_TASKS_BACKEND = "celery"`` the mail is a task of a worker. Otherwise it
    is sent before this function returns.

    :param from_email: the sender; None for ``MAIL_DEFAULT_SENDER``.
    :raises OSError, smtplib.SMTPException: when the mail server cannot be reached or
        refuses the mail; a worker records the error instead.

    Since 0.1.
    """
    # Tasks in threads have nothing to add: a view calls this in the background already.
    has_workers = current_app.config.get("CBV_TASKS_BACKEND") == "celery"
    deliver_mail = deliver.enqueue if has_workers else deliver.call
    deliver_mail(subject, text, html, from_email, to_email)


@task
def deliver(
    subject: str, text: str, html: str, from_email: str | None, to_email: str
) -> None:
    """Hand one mail to the mail server at once; the task behind :func:`send`.

    :raises ImproperlyConfigured: as :func:`check_mail`.
    :raises OSError, smtplib.SMTPException: when the mail server cannot be reached or
        refuses the mail.

    Since 0.1.
    """
    check_mail()
    connection = current_app.extensions["mailman"].get_connection()
    if getattr(connection, "timeout", _PATIENCE) is None:
        connection.timeout = _PATIENCE  # a server that hangs would hang a worker
    message = flask_mailman.EmailMultiAlternatives(
        " ".join(subject.split()), text, from_email, [to_email], connection=connection
    )
    message.attach_alternative(html, "text/html")
    with connection:  # closes the connection when sending fails, too
        message.send()

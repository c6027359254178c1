"""How mail is sent to a user, through Flask-Mailman, and how its links are built.

The host in a link comes from the configuration, never from the Host header of a
request, which an attacker can choose (CVE-2011-4139).

Django: ``django.core.mail``; for the host, ``PasswordResetForm`` uses
``get_current_site``.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import SplitResult
from urllib.parse import urlsplit

from flask import current_app
from flask import has_request_context
from flask import render_template
from flask import request
from jinja2.utils import urlize
from markupsafe import Markup

from ..exceptions import ImproperlyConfigured
from ..tasks.definition import task
from .shipped import own_or_shipped

try:
    import flask_mailman
except ImportError:  # an extra: flask-cbv[mail]
    flask_mailman = None

#: Seconds to wait for the mail server when ``MAIL_TIMEOUT`` is not set.
_PATIENCE = 10


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

    :param values: the URL values of the endpoint.
    :raises ImproperlyConfigured: as :func:`origin`.

    Since 0.1.
    """
    start = origin()
    root = request.script_root if has_request_context() else None
    adapter = current_app.url_map.bind(
        start.netloc,
        script_name=root or current_app.config["APPLICATION_ROOT"],
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


def html_of(text: str) -> str:
    """Return a plain text as HTML that keeps its line breaks; its URLs become links.

    Since 0.1.
    """
    return str(
        Markup('<div style="white-space: pre-wrap">{}</div>').format(
            Markup(urlize(text, rel="noreferrer"))
        )
    )


def send(
    subject: str, text: str, html: str, from_email: str | None, to_email: str
) -> None:
    """Send one mail with a plain text and an HTML version.

    When ``CBV_TASKS_BACKEND`` is set, the mail is sent by a background task; otherwise
    it is sent before this function returns.

    :param from_email: the sender; None for ``MAIL_DEFAULT_SENDER``.
    :raises OSError, smtplib.SMTPException: when the mail server cannot be reached or
        refuses the mail; not with a background task, which records the error.

    Since 0.1.
    """
    in_background = "CBV_TASKS_BACKEND" in current_app.config
    deliver_mail = deliver.enqueue if in_background else deliver.call
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

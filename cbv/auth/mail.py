"""Mail to a user, by Flask-Mailman, with links that no Host header can bend.

Django: ``django.core.mail``, and what ``PasswordResetForm`` takes from
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

#: Seconds to wait for a mail server, where ``MAIL_TIMEOUT`` does not say.
_PATIENCE = 10


def origin() -> SplitResult:
    """Return the scheme and host of links in mail: what the configuration says.

    ``CBV_BASE_URL``, else ``PREFERRED_URL_SCHEME`` and ``SERVER_NAME``; never the Host
    header, which anybody can set (CVE-2011-4139).

    :raises ImproperlyConfigured: without either.
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
    """Return the whole address of an endpoint, for a mail."""
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
    """Refuse to promise a mail that nothing could send.

    :raises ImproperlyConfigured: without Flask-Mailman in the application.
    """
    if flask_mailman is None or "mailman" not in current_app.extensions:
        raise ImproperlyConfigured(
            f"The application {current_app.name!r} cannot send mail. Cure: install"
            " flask-cbv[mail] and call flask_mailman.Mail().init_app(app), or override"
            " send_mail() of the form."
        )


def rendered(name: str, context: dict[str, Any]) -> str:
    """Return a template of a mail, the application's or the one shipped."""
    return render_template([*own_or_shipped(name)], **context)


def html_of(text: str) -> str:
    """Return a text as HTML: as it is laid out, its links to be clicked."""
    return str(
        Markup('<div style="white-space: pre-wrap">{}</div>').format(
            Markup(urlize(text, rel="noreferrer"))
        )
    )


def send(
    subject: str, text: str, html: str, from_email: str | None, to_email: str
) -> None:
    """Send one mail as text and HTML: as a task where ``CBV_TASKS_BACKEND`` says how.

    :raises OSError, smtplib.SMTPException: what the mail server makes of it.
    """
    in_background = "CBV_TASKS_BACKEND" in current_app.config
    start = deliver.enqueue if in_background else deliver.call
    start(subject, text, html, from_email, to_email)


@task
def deliver(
    subject: str, text: str, html: str, from_email: str | None, to_email: str
) -> None:
    """Hand one mail to the mail server, here and now."""
    check_mail()
    connection = current_app.extensions["mailman"].get_connection()
    if getattr(connection, "timeout", _PATIENCE) is None:
        connection.timeout = _PATIENCE  # a server that hangs would hang a worker
    message = flask_mailman.EmailMultiAlternatives(
        " ".join(subject.split()), text, from_email, [to_email], connection=connection
    )
    message.attach_alternative(html, "text/html")
    with connection:  # one that fails on the way is closed all the same
        message.send()

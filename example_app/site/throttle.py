"""How often one address may try to log in, or have mail sent.

Django twin: none in Django itself; django-axes and django-ratelimit do it there.
"""

from __future__ import annotations

from flask import Flask
from flask import Response
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

#: Behind a proxy the address is the proxy's unless ``TRUSTED_PROXIES`` counts it.
limiter = Limiter(get_remote_address, headers_enabled=True)


def _refused(response: Response) -> bool:
    """Tell whether a login failed: it is answered by the form, not by a redirect."""
    return response.status_code < 300


#: Logins that fail; one that is right costs nothing.
logins = limiter.limit("10 per minute", methods=["POST"], deduct_when=_refused)

#: Requests for a mail, whether or not the address is known.
mails = limiter.limit("5 per minute; 20 per hour", methods=["POST"])


def init_app(app: Flask) -> None:
    """Count in ``REDIS_URL`` if it is set, so that all server processes count as one.

    Else, and while Redis is away, each process counts in its own memory.
    """
    app.config.setdefault("RATELIMIT_IN_MEMORY_FALLBACK_ENABLED", True)
    app.config.setdefault("RATELIMIT_ENABLED", not app.testing)
    storage = app.config.get("REDIS_URL") or "memory://"
    app.config.setdefault("RATELIMIT_STORAGE_URI", storage)
    limiter.init_app(app)

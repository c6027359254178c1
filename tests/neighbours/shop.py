"""What every small application here sells: the settings, and how to fill in a form."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask

from cbv.testing import Client


def make_app(**config: Any) -> Flask:
    """Return an application before CBV; without Flask-WTF's tokens unless asked for."""
    app = Flask("shop", static_folder=None)
    app.config.update(TESTING=True, SECRET_KEY="shop", WTF_CSRF_ENABLED=False, **config)
    app.test_client_class = Client
    return app


def token_in(page: str) -> str:
    """Return the CSRF token of the form in a page."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found, page
    return found[1]

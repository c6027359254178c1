"""Register views under URL rules, and build the URL of an endpoint.

Django: ``django.urls``, ``django.shortcuts`` and ``django.utils.http``.
"""

from __future__ import annotations

from .paths import NoReverseMatch
from .paths import redirect_to_login
from .paths import resolve_url
from .paths import reverse
from .paths import reverse_lazy
from .paths import url_has_allowed_host_and_scheme
from .query import querystring
from .routes import include
from .routes import path
from .routes import register
from .routes import route
from .routes import URLPattern
from .routes import URLResolver

__all__ = [
    "NoReverseMatch",
    "URLPattern",
    "URLResolver",
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

"""The path under which the application is mounted, for links that cbv builds itself.

Django: ``get_script_prefix``.
"""

from __future__ import annotations

import re

from flask import has_request_context
from flask import request

_PATH = r"(?:/[^/\\?#\s\x00-\x1f\x7f]+)+"


def script_root() -> str:
    """Return the path under which this request's application is mounted.

    A prefix that is no path is none at all. With ProxyFix it comes from the header
    ``X-Forwarded-Prefix``, which anybody can send where no proxy replaces it, and
    behind a host ``@evil.example`` or ``.evil.example`` would make another host of it.

    :returns: a path without a slash at its end; "" for none, and outside a request.

    Since 0.1. Django: ``get_script_prefix``.
    """
    root = request.script_root if has_request_context() else ""
    return root if re.fullmatch(_PATH, root) else ""


def without_false_prefix(url: str) -> str:
    """Return an address that Flask has built, without a prefix that is no path.

    Such a prefix, ``//evil.example`` or ``https://evil.example`` say, would make the
    address one of another host; see :func:`script_root`.
    """
    root = request.script_root if has_request_context() else ""
    return url if re.fullmatch(_PATH, root) else url.removeprefix(root)

"""A signed cookie, read as anyone can read it: without the key."""

from __future__ import annotations

import json
import zlib
from typing import Any

from itsdangerous import BadData
from itsdangerous import base64_decode

#: What browsers promise to keep of one cookie, its name included (RFC 6265, 6.1).
COOKIE_LIMIT = 4096
#: A small cookie may hold a long text; nobody needs more of it than this.
LONGEST = 20_000


def decoded(cookie: str) -> Any:
    """Return what a cookie of Flask's holds, None where it is none.

    Three parts with dots between: what is kept (JSON in base64, after a dot where it is
    compressed), when it was signed, and the signature. Only the last needs the key.
    """
    compressed = cookie.startswith(".")
    parts = cookie.lstrip(".").split(".")
    if len(parts) != 3:
        return None
    try:
        kept = base64_decode(parts[0])
        if compressed:
            kept = zlib.decompressobj().decompress(kept, LONGEST)
        return json.loads(kept)
    except (BadData, ValueError, zlib.error):
        return None

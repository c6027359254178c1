"""A row's place in an order, as a signed text for a URL, and back.

Signed with the application's ``SECRET_KEY`` (Flask's ``SECRET_KEY_FALLBACKS`` are read
too): what comes back is what was sent out, so no value in it needs to be distrusted.
The values can be read by whoever has the address.
"""

from __future__ import annotations

import hmac
import json
import os
from base64 import urlsafe_b64decode
from base64 import urlsafe_b64encode
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
from datetime import date
from datetime import datetime
from datetime import time
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import current_app

_SIZE = 16
#: Signs where there is no application, or one without a key: good in this process.
_OWN_KEY = os.urandom(32)

#: Tag, type, to text, from text; a datetime is a date too, so it comes first.
_TYPES: tuple[tuple[str, type, Callable[[Any], str], Callable[[str], Any]], ...] = (
    ("dt", datetime, datetime.isoformat, datetime.fromisoformat),
    ("d", date, date.isoformat, date.fromisoformat),
    ("t", time, time.isoformat, time.fromisoformat),
    ("n", Decimal, str, Decimal),
    ("u", UUID, str, UUID),
    ("b", bytes, bytes.hex, bytes.fromhex),
    (
        "td",
        timedelta,
        lambda value: str(value // timedelta(microseconds=1)),
        lambda text: timedelta(microseconds=int(text)),
    ),
)
_READERS = {tag: read for tag, _, _, read in _TYPES}


def signing_keys() -> list[bytes]:
    """Return the keys of the current application: the first signs, all are read."""
    config: Any = current_app._get_current_object().config if current_app else {}  # type: ignore[attr-defined]
    secret = config.get("SECRET_KEY")
    if not secret:
        return [_OWN_KEY]
    found = [secret, *(config.get("SECRET_KEY_FALLBACKS") or ())]
    return [key.encode() if isinstance(key, str) else key for key in found]


def bookmark(values: Iterable[Any], purpose: str, keys: Sequence[bytes]) -> str:
    """Return values as a signed text that is good for one purpose.

    :raises TypeError: for a value that has no text.
    """
    packed = json.dumps([_written(value) for value in values], separators=(",", ":"))
    payload = packed.encode()
    signed = _signature(keys[0], purpose, payload) + payload
    return urlsafe_b64encode(signed).rstrip(b"=").decode()


def read_bookmark(text: str, purpose: str, keys: Sequence[bytes]) -> list[Any]:
    """Return the values of a text that :func:`bookmark` made for this purpose.

    :raises ValueError: for any other text.
    """
    signed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    signature, payload = signed[:_SIZE], signed[_SIZE:]
    if not any(
        hmac.compare_digest(_signature(key, purpose, payload), signature)
        for key in keys
    ):
        raise ValueError("not a bookmark of this list")
    return [_read(value) for value in json.loads(payload)]


def _written(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    for tag, kind, write, _ in _TYPES:
        if isinstance(value, kind):
            return [tag, write(value)]
    raise TypeError(f"a {type(value).__name__} cannot be put into an address")


def _read(value: Any) -> Any:
    return _READERS[value[0]](value[1]) if isinstance(value, list) else value


def _signature(key: bytes, purpose: str, payload: bytes) -> bytes:
    message = b"cbv.keyset\0" + purpose.encode() + b"\0" + payload
    return hmac.digest(key, message, "sha256")[:_SIZE]

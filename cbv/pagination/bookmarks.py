"""Write the sort values of a row as a signed text for a URL, and read them back.

:class:`~cbv.pagination.keyset.KeysetPaginator` uses these texts as the tokens of its
pages. They are signed with the application's ``SECRET_KEY`` (and checked with Flask's
``SECRET_KEY_FALLBACKS`` too), so that a value that is read back can be trusted. They
are not encrypted: everybody who has the URL can read the values.
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

#: The length of a signature in bytes.
_SIGNATURE_SIZE = 16
#: The key without an application or ``SECRET_KEY``; its tokens end with this process.
_PROCESS_KEY = os.urandom(32)

#: For each type that JSON lacks: a tag, the type, and its conversions to and from text.
#: The first type that fits is used; a datetime is also a date, so it comes before.
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
    """Return the current application's keys: the first signs, each may check.

    They are ``SECRET_KEY`` and ``SECRET_KEY_FALLBACKS``, or a random key of this
    process without them.
    """
    config: Any = current_app._get_current_object().config if current_app else {}  # type: ignore[attr-defined]
    secret = config.get("SECRET_KEY")
    if not secret:
        return [_PROCESS_KEY]
    keys = [secret, *(config.get("SECRET_KEY_FALLBACKS") or ())]
    return [key.encode() if isinstance(key, str) else key for key in keys]


def bookmark(values: Iterable[Any], purpose: str, keys: Sequence[bytes]) -> str:
    """Return values as a signed text for a URL.

    :param values: the sort values of a row.
    :param purpose: the only purpose that the text is valid for, such as an order.
    :param keys: as from :func:`signing_keys`.
    :raises TypeError: for a value of a type that cannot be written as text.
    """
    packed = json.dumps([_to_json(value) for value in values], separators=(",", ":"))
    payload = packed.encode()
    signed = _signature(keys[0], purpose, payload) + payload
    return urlsafe_b64encode(signed).rstrip(b"=").decode()


def read_bookmark(text: str, purpose: str, keys: Sequence[bytes]) -> list[Any]:
    """Return the values in a text that :func:`bookmark` made for the same purpose.

    :raises ValueError: for any other text, or when none of the keys signed it.
    """
    signed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    signature, payload = signed[:_SIGNATURE_SIZE], signed[_SIGNATURE_SIZE:]
    if not any(
        hmac.compare_digest(_signature(key, purpose, payload), signature)
        for key in keys
    ):
        raise ValueError("not a bookmark of this list")
    return [_from_json(value) for value in json.loads(payload)]


def _to_json(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    for tag, kind, write, _ in _TYPES:
        if isinstance(value, kind):
            return [tag, write(value)]
    raise TypeError(f"a {type(value).__name__} cannot be put into an address")


def _from_json(value: Any) -> Any:
    return _READERS[value[0]](value[1]) if isinstance(value, list) else value


def _signature(key: bytes, purpose: str, payload: bytes) -> bytes:
    message = b"cbv.keyset\0" + purpose.encode() + b"\0" + payload
    return hmac.digest(key, message, "sha256")[:_SIGNATURE_SIZE]

"""What may be shown of a value to whoever looks at a page: short, and no secret.

Django twin: ``SafeExceptionReporterFilter``, which masks settings on its debug pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

MASK = "••••••••"
LONGEST = 300

#: In the name of a setting, field, cookie or header whose value nobody may see.
_SECRET = re.compile(
    r"secret|passw|token|signature|csrf|salt|hash|engines|database_url|authorization"
    r"|api_?key|_key\b|\bkey\b|\bcookie\b|(\b|_user)_id\b|\b_remember",
    re.IGNORECASE,
)


def is_secret(name: object) -> bool:
    """Tell whether a name is that of a secret: ``SECRET_KEY``, ``password1`` …"""
    return bool(_SECRET.search(str(name)))


def shown(name: object, value: Any) -> str:
    """Return a value as a page may show it: masked by its name, cut if it is long."""
    if is_secret(name) and value not in (None, "", False, True):
        return MASK
    if isinstance(value, Mapping):
        text = "{" + ", ".join(f"{k!r}: {shown(k, v)}" for k, v in value.items()) + "}"
    else:
        text = repr(value)
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def shown_items(items: Iterable[tuple[Any, Any]]) -> dict[str, str]:
    """Return names with what may be shown of their values."""
    return {str(name): shown(name, value) for name, value in items}

"""The name that a view class gives its endpoint.

Flask takes the function's name; Django has a name written for each ``path``.
"""

from __future__ import annotations

import re

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def endpoint_name(view_class: type) -> str:
    """Return ``post_list`` for ``PostListView``."""
    name = _CAMEL.sub("_", view_class.__name__).lower()
    return name.removesuffix("_view") or name

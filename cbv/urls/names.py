"""Derive the name of a view class's endpoint from the name of the class.

Flask takes the name of the view function; Django leaves a ``path`` unnamed unless it is
given a name.
"""

from __future__ import annotations

import re

_CAMEL = r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])"


def endpoint_name(view_class: type) -> str:
    """Return a view class's default endpoint: ``post_list`` for ``PostListView``."""
    name = re.sub(_CAMEL, "_", view_class.__name__).lower()
    return name.removesuffix("_view") or name

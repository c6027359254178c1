"""Build the address of this request again, with some of its values changed.

Django: the template tag ``{% querystring %}``.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import request
from werkzeug.datastructures import MultiDict

from .paths import reverse


def querystring(**changes: Any) -> str:
    """Return the query string of this request with some of its keys changed.

    ``<a href="{{ querystring(page=2) }}">`` keeps every filter and the sort order. A
    value that is in the path, as by ``path("books/page<int:page>/", ...)``, is changed
    there.

    :param changes: new values by key; None removes a key from the query, a list repeats
        it.
    :returns: a relative URL that starts with ``?``, or a path where that has changed.

    Since 0.1. Django: the template tag ``{% querystring %}``.
    """
    in_path = request.view_args or {}
    moved = {name: v for name, v in changes.items() if name in in_path}
    query = MultiDict(request.args)
    for name, value in changes.items():
        query.poplist(name)
        if value is not None and name not in moved:
            query.setlist(name, value if isinstance(value, (list, tuple)) else [value])
    text = "?" + urlencode(list(query.items(multi=True)))
    if all(value is None for value in moved.values()):
        return text
    return reverse(str(request.endpoint), {**in_path, **moved}) + text.rstrip("?")

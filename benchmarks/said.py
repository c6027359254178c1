"""What an answer says, so that two can be told to say the same.

Both contenders render the same templates, but forms are their own: attributes that only
help the browser (``max``, ``required``) and the words of an error are not compared.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

#: What counts, by element; of ``<b>``, which marks an error, only that it is there.
_COUNTS = {
    "a": ("href",),
    "input": ("name", "value", "type"),
    "select": ("name",),
    "option": ("value", "selected"),
    "label": ("for",),
    "b": (),
}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[object] = []
        self.in_error = False

    def handle_starttag(
        self, tag: str, attributes: list[tuple[str, str | None]]
    ) -> None:
        if tag in _COUNTS:
            given = dict(attributes)
            marks = [(n, given[n]) for n in _COUNTS[tag] if n in given]
            self.found.append((tag, *marks))
        self.in_error = tag == "b"

    def handle_endtag(self, tag: str) -> None:
        self.in_error = False

    def handle_data(self, data: str) -> None:
        words = data.split()
        if words and not self.in_error:
            self.found.append(" ".join(words))


def said(status: str, location: str | None, body: bytes) -> list[object]:
    """Return what an answer says: status, target, words, links, fields, options.

    :param location: where it redirects to; the key of a new row does not count.
    """
    if location is not None:
        return [status, re.sub(r"[0-9]+$", "#", location)]
    reader = _Reader()
    reader.feed(body.decode())
    return [status, *reader.found]

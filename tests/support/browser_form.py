"""What a browser would send for the form on a page that nobody has touched."""

from __future__ import annotations

import re
from html.parser import HTMLParser


class _Form(HTMLParser):
    """Collects the successful controls of the first form (HTML, 4.10.21.4)."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.pairs = []
        self._select = self._area = None
        self._options = []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        name = attributes.get("name")
        if "disabled" in attributes:
            return
        if tag == "input" and name and attributes.get("type") != "file":
            is_box = attributes.get("type") in ("checkbox", "radio")
            if not is_box or "checked" in attributes:
                self.pairs.append((name, attributes.get("value", "")))
        elif tag == "select":
            self._select, self._options = attributes, []
        elif tag == "option" and self._select is not None:
            self._options.append((attributes["value"], "selected" in attributes))
        elif tag == "textarea":
            self._area = (name, [])

    def handle_data(self, data):
        if self._area:
            self._area[1].append(data)

    def handle_endtag(self, tag):
        if tag == "textarea":
            name, texts = self._area
            text = re.sub(r"^\r?\n", "", "".join(texts))
            self.pairs.append((name, re.sub(r"\r?\n", "\r\n", text)))
            self._area = None
        elif tag == "select":
            chosen = [value for value, selected in self._options if selected]
            if not chosen and "multiple" not in self._select and self._options:
                chosen = [self._options[0][0]]
            self.pairs += [(self._select["name"], value) for value in chosen]
            self._select = None


def sent_by(page):
    """Return the names and values that a browser sends, as a dict of lists."""
    form = _Form()
    form.feed(page.partition("<template>")[0])
    data = {}
    for name, value in form.pairs:
        data.setdefault(name, []).append(value)
    return data

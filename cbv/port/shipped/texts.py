"""Django's filters for texts, as far as Jinja has not its own."""

from __future__ import annotations

import json
import re
import unicodedata
from html.parser import HTMLParser
from textwrap import wrap
from typing import Any
from urllib.parse import quote

from markupsafe import escape
from markupsafe import Markup


def capfirst(value: Any) -> str:
    """Write the first letter large and leave the others."""
    text = str(value)
    return text[:1].upper() + text[1:]


def title_case(value: Any) -> str:
    """Begin each word with a large letter. Django: ``title``."""
    text = re.sub(r"([a-z])'([A-Z])", lambda m: m[0].lower(), str(value).title())
    return re.sub(r"\d([A-Z])", lambda m: m[0].lower(), text)


def addslashes(value: Any) -> str:
    """Put a backslash before quotes."""
    return re.sub(r"([\\\"'])", r"\\\1", str(value))


def linebreaks(value: Any) -> Markup:
    """Make paragraphs of what blank lines part, and ``<br>`` of other line ends."""
    text = re.sub(r"\r\n|\r", "\n", str(escape(value)))
    parts = re.split(r"\n{2,}", text)
    return Markup(
        "\n\n".join(f"<p>{part.replace(chr(10), '<br>')}</p>" for part in parts)
    )


def linebreaksbr(value: Any) -> Markup:
    """Make ``<br>`` of line ends."""
    return Markup(re.sub(r"\r\n|\r|\n", "<br>", str(escape(value))))


def linenumbers(value: Any) -> Markup:
    """Number the lines."""
    lines = str(escape(value)).split("\n")
    width = len(str(len(lines)))
    numbered = (f"{n:0{width}}. {line}" for n, line in enumerate(lines, 1))
    return Markup("\n".join(numbered))


def truncatechars(value: Any, length: Any) -> str:
    """Cut a text to so many letters, the last of them an ellipsis."""
    text, length = str(value), int(length)
    return text if len(text) <= length else text[: max(0, length - 1)] + "…"


def truncatewords(value: Any, length: Any) -> str:
    """Cut a text to so many words, and an ellipsis behind them."""
    found = str(value).split()
    return " ".join(found[: int(length)]) + (" …" if len(found) > int(length) else "")


class _Cut(HTMLParser):
    """Write HTML until so many words or letters are there; close what is open."""

    def __init__(self, room: int, by_words: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.room, self.by_words = room, by_words
        self.out: list[str] = []
        self.open: list[str] = []
        self.is_full = False

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        """Keep a tag while there is room."""
        if not self.is_full:
            self.out.append(self.get_starttag_text() or "")
            if tag not in ("br", "hr", "img", "input", "col", "link"):
                self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close a tag that is open."""
        if not self.is_full and tag in self.open:
            self.out.append(f"</{tag}>")
            self.open.remove(tag)

    def handle_data(self, data: str) -> None:
        """Write a text as far as there is room, and an ellipsis where it ends."""
        if self.is_full:
            return
        pieces = re.split(r"(?<=\S)\s+(?=\S)", data) if self.by_words else list(data)
        glue = " " if self.by_words else ""
        fits = str(escape(glue.join(pieces[: self.room])))
        self.is_full = len(pieces) > self.room
        self.room = max(0, self.room - len(pieces))
        self.out.append(f"{fits}{glue}…" if self.is_full else fits)


def _cut(value: Any, length: Any, by_words: bool) -> str:
    """Cut HTML; what was not marked as safe is not afterwards either."""
    parser = _Cut(int(length) - (not by_words), by_words)
    parser.feed(str(value))
    ends = [f"</{tag}>" for tag in reversed(parser.open)]
    text = "".join([*parser.out, *ends])
    cut: str = Markup(text) if isinstance(value, Markup) else text
    return cut


def truncatewords_html(value: Any, length: Any) -> str:
    """Cut HTML to so many words."""
    return _cut(value, length, True)


def truncatechars_html(value: Any, length: Any) -> str:
    """Cut HTML to so many letters."""
    return _cut(value, length, False)


def wrap_words(value: Any, width: Any) -> str:
    """Wrap lines at a width. Django: ``wordwrap``."""
    lines = str(value).splitlines()
    return "\n".join(
        "\n".join(wrap(line, int(width), break_long_words=False) or [""])
        for line in lines
    )


def count_words(value: Any) -> int:
    """Count words. Django: ``wordcount``."""
    return len(str(value).split())


def strip_tags(value: Any) -> str:
    """Take tags out. Django: ``striptags``."""
    return re.sub(r"<!--.*?-->|</?[a-zA-Z][^>]*>", "", str(value), flags=re.DOTALL)


def slugify(value: Any) -> str:
    """Write a text in ASCII with dashes, for an address."""
    plain = unicodedata.normalize("NFKD", str(value)).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^\w\s-]", "", plain.lower())
    return re.sub(r"[-\s]+", "-", plain).strip("-_")


def ljust(value: Any, width: Any) -> str:
    """Fill a text up at its right."""
    return str(value).ljust(int(width))


def rjust(value: Any, width: Any) -> str:
    """Fill a text up at its left."""
    return str(value).rjust(int(width))


def make_list(value: Any) -> list[str]:
    """Return the letters of a text."""
    return list(str(value))


def stringformat(value: Any, style: str) -> str:
    """Write a value by Python's ``%``, whose sign is left out."""
    try:
        return str(("%" + style) % value)
    except (TypeError, ValueError):
        return ""


def spaceless(value: Any) -> Markup:
    """Take out the blanks between tags."""
    return Markup(re.sub(r">\s+<", "><", str(value).strip()))


def escapejs(value: Any) -> Markup:
    """Write a text for a string of JavaScript."""
    special = "\\'\"<>&=-;`\u2028\u2029"
    return Markup(
        "".join(
            f"\\u{ord(c):04X}" if c in special or ord(c) < 32 or ord(c) == 127 else c
            for c in str(value)
        )
    )


def json_script(value: Any, element_id: str | None = None) -> Markup:
    """Write a value as JSON into a script element."""
    text = json.dumps(value, default=str)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04X}")
    named = f' id="{escape(element_id)}"' if element_id else ""
    return Markup(f'<script{named} type="application/json">{text}</script>')


def iriencode(value: Any) -> str:
    """Write an address with other letters than ASCII for a URL."""
    return quote(str(value), safe="/#%[]=:;$&()+,!?*@'~")


def unordered_list(value: Any) -> Markup:
    """Write a list, in which lists may be, as the items of ``<ul>``."""
    return Markup(_items(list(value), 1))


def _items(rows: list[Any], depth: int) -> str:
    indent, written = "\t" * depth, []
    for row, below in zip(rows, [*rows[1:], None], strict=True):
        if isinstance(row, (list, tuple)):
            continue
        inner = ""
        if isinstance(below, (list, tuple)):
            items = _items(list(below), depth + 1)
            inner = f"\n{indent}<ul>\n{items}\n{indent}</ul>\n{indent}"
        written.append(f"{indent}<li>{escape(row)}{inner}</li>")
    return "\n".join(written)

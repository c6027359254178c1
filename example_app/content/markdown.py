"""What people write, as HTML that is safe to show.

Markdown may hold raw HTML (half of the imported posts do), so what the renderer makes
is cleaned by an allow-list. Pictures become links: a page loads nothing from elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType
from markdown_it.utils import OptionsDict
from markupsafe import Markup

#: Of a long post a list reads this much to find its first words.
EXCERPT_FROM = 4_000
EXCERPT_LENGTH = 280
EXCERPT_ENOUGH = 120

#: A link whose address stands at the end of the text, which an excerpt has not read.
_REFERENCE = re.compile(r"\[([^\[\]]+)\]\[[^\[\]]*\]")

_TAGS = {
    *("a", "abbr", "b", "blockquote", "br", "caption", "code", "dd", "del", "details"),
    *("div", "dl", "dt", "em", "h2", "h3", "h4", "h5", "h6", "hr", "i", "ins", "kbd"),
    *("li", "mark", "ol", "p", "pre", "s", "samp", "small", "span", "strong", "sub"),
    *("summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u"),
    *("ul", "var"),
}
_ATTRIBUTES = {
    "a": {"href", "title"},
    "abbr": {"title"},
    "code": {"class"},
    "details": {"open"},
    "ol": {"start"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan", "scope"},
}
_DROPPED_WITH_CONTENT = {"script", "style", "noscript", "iframe", "template", "title"}


@lru_cache(maxsize=128)
def render(text: str) -> Markup:
    """Return Markdown as clean HTML. The last 128 texts are remembered.

    :param text: what someone wrote; nothing in it is trusted.
    """
    return Markup(_CLEANER.clean(_MARKDOWN.render(text)))


@lru_cache(maxsize=1024)
def excerpt(text: str) -> str:
    """Return the first words of a Markdown text, as plain text.

    :param text: the text, or its beginning (:data:`EXCERPT_FROM`) where it is long.
    :return: its first paragraphs up to about 280 characters, cut after a word.
    """
    words = ""
    for opening, token in pairwise(_MARKDOWN.parse(text)):
        if opening.type == "paragraph_open" and opening.level == 0:
            words = f"{words} {_plain(token.children or ())}".strip()
        if len(words) > EXCERPT_ENOUGH or words.endswith(":"):
            break
    return _shorten(_REFERENCE.sub(r"\1", words))


def _plain(tokens: Sequence[Token]) -> str:
    kept = {"text": "", "code_inline": "", "softbreak": " ", "hardbreak": " "}
    pieces = [t.content or kept[t.type] for t in tokens if t.type in kept]
    return " ".join("".join(pieces).split())


def _shorten(words: str) -> str:
    if len(words) > EXCERPT_LENGTH:
        words = words[:EXCERPT_LENGTH].rsplit(" ", 1)[0].rstrip(".,;") + ":"
    return words.removesuffix(":") + " …" if words.endswith(":") else words


def _picture(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    env: EnvType,
) -> str:
    """Render a picture as a link to it, or as its words where it is not a full URL."""
    token = tokens[index]
    words = _plain(token.children or ()) or "picture"
    source = str(token.attrs.get("src", ""))
    if urlsplit(source).scheme not in ("http", "https"):
        return f"<em>{nh3.clean_text(words)}</em>"
    return f'<a href="{nh3.clean_text(source)}">{nh3.clean_text(words)}</a>'


def _heading(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    env: EnvType,
) -> str:
    """Render the first level as the second: the page's title is its only h1."""
    if tokens[index].tag == "h1":
        tokens[index].tag = "h2"
    return renderer.renderToken(tokens, index, options, env)


def _markdown() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    parser.add_render_rule("image", _picture)
    parser.add_render_rule("heading_open", _heading)
    parser.add_render_rule("heading_close", _heading)
    return parser


def _code_language(tag: str, attribute: str, value: str) -> str | None:
    """Keep of a class only the language of a piece of code."""
    if attribute != "class" or value.startswith("language-"):
        return value
    return None


def _cleaner() -> Any:
    return nh3.Cleaner(
        tags=_TAGS,
        clean_content_tags=_DROPPED_WITH_CONTENT,
        attributes=_ATTRIBUTES,
        attribute_filter=_code_language,
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener",
    )


_MARKDOWN = _markdown()
_CLEANER = _cleaner()

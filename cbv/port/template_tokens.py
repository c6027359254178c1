"""Cut a Django template into tokens, and a tag into words.

The cuts are Django's own: a tag never spans lines, so ``{#`` on one line and ``#}`` on
the next are text. Django: ``django.template.base.Lexer``, ``smart_split``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_TAG = re.compile(r"({%.*?%}|{{.*?}}|{#.*?#})")
_WORD = re.compile(
    r"""[^\s'"]*(?:(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')[^\s'"]*)+|\S+"""
)
_KINDS = {"{%": "block", "{{": "variable", "{#": "comment"}


class Token(NamedTuple):
    """A piece of a template; ``source`` is what stands in the file."""

    kind: str
    content: str
    source: str
    line: int


def tokens(source: str) -> Iterator[Token]:
    """Yield the tokens of a template: text, variables, blocks and comments."""
    line, verbatim = 1, ""
    for number, piece in enumerate(_TAG.split(source)):
        kind, content = "text", piece
        if number % 2:
            kind, content = _KINDS[piece[:2]], piece[2:-2].strip()
            is_end = kind == "block" and content == verbatim
            if verbatim and not is_end:
                kind, content = "text", piece
            elif is_end:
                verbatim = ""
            elif kind == "block" and content.split()[:1] == ["verbatim"]:
                verbatim = f"end{content}"
        if piece:
            yield Token(kind, content, piece, line)
        line += piece.count("\n")


def words(content: str) -> list[str]:
    """Return the words of a tag; what is quoted is one word."""
    return _WORD.findall(content)

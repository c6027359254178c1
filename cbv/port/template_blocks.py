"""What the tags that enclose text become in Jinja: loops, conditions, blocks.

Each function takes the words behind the tag's name and the scope, and returns text.
"""

from __future__ import annotations

import re

from .notes import Untranslatable
from .template_scope import Scope
from .template_tags import Handler
from .template_tags import keywords
from .template_tags import result
from .template_tags import written
from .template_values import condition
from .template_values import value

_LOOP_WORDS = re.compile(r"(.+?) in (.+?)( reversed)?", re.DOTALL)


def for_(words: list[str], scope: Scope) -> str:
    """``{% for a, b in rows reversed %}``."""
    found = _LOOP_WORDS.fullmatch(" ".join(words))
    if found is None:
        raise Untranslatable("for is: name in rows", is_error=True)
    names = [name.strip() for name in found[1].split(",")]
    rows = value(found[2], scope) + ("|reverse" if found[3] else "")
    kind = _kind_of_row(found[2], scope)
    shown = f"category, {names[0]}" if kind == "message" else ", ".join(names)
    tag = f"{{% for {shown} in {rows} %}}"
    scope.open("for", "{% endfor %}", dict.fromkeys(names, kind))
    return tag


def _kind_of_row(rows: str, scope: Scope) -> str:
    """Return what the rows of a loop are: fields of a form, messages, or anything."""
    root, _, rest = rows.partition(".")
    kind = scope.kind(root)
    if kind == "form" and rest in ("", "visible_fields", "hidden_fields"):
        return "field"
    if kind == "formset" and rest in ("", "forms"):
        return "form"
    return "message" if kind == "messages" else "local"


def if_(words: list[str], scope: Scope) -> str:
    """``{% if a and not b %}``."""
    tag = f"{{% if {condition(words, scope)} %}}"
    scope.open("if", "{% endif %}")
    return tag


def elif_(words: list[str], scope: Scope) -> str:
    """``{% elif a %}``."""
    return f"{{% elif {condition(words, scope)} %}}"


def with_(words: list[str], scope: Scope) -> str:
    """``{% with a=b c=d %}``, and the old ``{% with b as a %}``."""
    words, name = result(words)
    named = {name: value(words[0], scope)} if name else keywords(words, scope)[1]
    kinds = {key: scope.kind(said) or "local" for key, said in named.items()}
    scope.open("with", "{% endwith %}", kinds)
    return f"{{% with {written(named)} %}}"


def block(words: list[str], scope: Scope) -> str:
    """``{% block name %}``; inside a loop it sees the loop's names, as in Django."""
    around = any(open_.tag in ("for", "with") for open_ in scope.blocks)
    scope.open("block", "{% endblock %}")
    return f"{{% block {words[0]}{' scoped' if around else ''} %}}"


def autoescape(words: list[str], scope: Scope) -> str:
    """``{% autoescape off %}``."""
    scope.open("autoescape", "{% endautoescape %}")
    return f"{{% autoescape {'true' if words == ['on'] else 'false'} %}}"


def filter_(words: list[str], scope: Scope) -> str:
    """``{% filter lower|escape %}``."""
    said = value("x|" + " ".join(words), scope).removeprefix("x|")
    scope.open("filter", "{% endfilter %}")
    return f"{{% filter {said} %}}"


def spaceless(words: list[str], scope: Scope) -> str:
    """``{% spaceless %}``: a filter of :mod:`cbv.port.shipped`."""
    scope.open("spaceless", "{% endfilter %}")
    return "{% filter spaceless %}"


def ifchanged(words: list[str], scope: Scope) -> str:
    """``{% ifchanged a b %}``."""
    if not words or not scope.depth:
        raise Untranslatable("Jinja's loop.changed needs a value to look at")
    values = ", ".join(value(word, scope) for word in words)
    scope.open("ifchanged", "{% endif %}")
    return f"{{% if loop.changed({values}) %}}"


def verbatim(words: list[str], scope: Scope) -> str:
    """``{% verbatim %}``."""
    scope.open("verbatim", "{% endraw %}")
    return "{% raw %}"


def comment(words: list[str], scope: Scope) -> str:
    """``{% comment "why" %}``."""
    scope.open("comment", " #}")
    return "{# " + " ".join(words)


def blocktranslate(words: list[str], scope: Scope) -> str:
    """``{% blocktranslate with a=b count c=d trimmed %}``."""
    if "asvar" in words or "context" in words:
        raise Untranslatable("Jinja's trans has no asvar and no context")
    rest = [word for word in words if word not in ("with", "and", "count", "trimmed")]
    named = keywords(rest, scope)[1]
    if "count" in words:  # what is counted comes first, and needs no other word
        counted = words[words.index("count") + 1].partition("=")[0]
        named = {counted: named.pop(counted)} | named
    trimmed = " trimmed" if "trimmed" in words else ""
    scope.open("blocktrans", "{% endtrans %}", dict.fromkeys(named, "local"))
    return f"{{% trans{trimmed}{' ' if named else ''}{written(named)} %}}"


def plural(words: list[str], scope: Scope) -> str:
    """``{% plural %}``."""
    return "{% pluralize %}"


def else_(words: list[str], scope: Scope) -> str:
    """``{% else %}`` of a condition."""
    return "{% else %}"


BLOCKS: dict[str, Handler] = {
    "autoescape": autoescape,
    "block": block,
    "blocktrans": blocktranslate,
    "blocktranslate": blocktranslate,
    "comment": comment,
    "elif": elif_,
    "else": else_,
    "empty": else_,
    "filter": filter_,
    "for": for_,
    "if": if_,
    "ifchanged": ifchanged,
    "plural": plural,
    "spaceless": spaceless,
    "verbatim": verbatim,
    "with": with_,
}
#: Tags that end another one than their name says.
ENDS = {"endblocktranslate": "blocktrans"}
#: Tags that have an end; the others stand inside of them.
ENCLOSING = BLOCKS.keys() - {"elif", "else", "empty", "plural"}

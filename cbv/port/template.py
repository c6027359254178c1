"""Turn a Django template into one for Jinja.

:func:`port_template` needs nothing of Django and runs nothing of the project. What has
no counterpart stays in the output as a comment that says why.
"""

from __future__ import annotations

import re

from .knowledge import Knowledge
from .notes import Note
from .notes import Untranslatable
from .template_blocks import BLOCKS
from .template_blocks import ENCLOSING
from .template_blocks import ENDS
from .template_scope import Scope
from .template_tags import CUT
from .template_tags import own_tag
from .template_tags import TAGS
from .template_tokens import Token
from .template_tokens import tokens
from .template_tokens import words
from .template_values import shown

FORMS = '{% from "cbv/forms.html" import form_fields with context %}'
_CUT_LINE = re.compile(rf"(?:^[ \t]*{CUT}[ \t]*\r?\n)|{CUT}", re.MULTILINE)
_HEADS = re.compile(r"\{(?=[{%#]|\Z)")


def port_template(
    source: str, known: Knowledge | None = None, name: str = ""
) -> tuple[str, list[Note]]:
    """Return the template for Jinja, and what is left to do by hand.

    :param source: a template in Django's language.
    :param known: what is known of the project: addresses, methods, tags of its own.
    :param name: the name of the template, for ``{% extends "./base.html" %}``.

    Since 0.1.
    """
    scope = Scope(known or Knowledge(), name)
    for token in tokens(source):
        scope.out.append(_ported(token, scope))
    for left in scope.blocks:
        text = f"{left.tag} has no end"
        scope.notes.append(Note(source.count("\n") + 1, text, is_error=True))
    return _with_imports(_without_cuts(scope.out), scope), scope.notes


def _without_cuts(out: list[str]) -> str:
    """Join the output; a line that only had ``{% load %}`` goes as a whole."""
    return _CUT_LINE.sub("", "".join(out))


def _with_imports(text: str, scope: Scope) -> str:
    """Import the macro for forms where the template may start: after ``extends``."""
    if not scope.needs_forms:
        return text
    found = re.search(r"{% extends [^%]*%}", text)
    if found is None:
        return f"{FORMS[:-2]}-%}}\n{text}"
    return f"{text[: found.end()]}\n{FORMS}{text[found.end() :]}"


def _ported(token: Token, scope: Scope) -> str:
    if scope.blocks and scope.blocks[-1].tag == "comment":
        return _commented(token, scope)
    try:
        return _KINDS[token.kind](token, scope)
    except Untranslatable as reason:
        note = reason.at(token.line)
    except (IndexError, KeyError):
        note = Note(token.line, f"{token.source} lacks a word", is_error=True)
    scope.notes.append(note)
    return left(token.source, note) + _instead(token, scope)


def _instead(token: Token, scope: Scope) -> str:
    """Keep the blocks in order: in the place of one that is left stands a neutral one.

    So its ``{% else %}`` and its end have their counterparts.
    """
    name = words(token.content)[0] if token.kind == "block" and token.content else ""
    if name == "elif":
        return "{% elif false %}"
    if name not in ENCLOSING:
        return ""
    scope.open(ENDS.get(f"end{name}", name), "{% endif %}")
    return "{% if true %}"


def left(source: str, note: Note) -> str:
    """Return a comment that keeps a tag and says why it was not turned."""
    return f"{{# {note}: {source.replace('{#', '{').replace('#}', '}')} #}}"


def _text(token: Token, scope: Scope) -> str:
    in_raw = bool(scope.blocks) and scope.blocks[-1].tag == "verbatim"
    return token.source if in_raw else _HEADS.sub("{{ '{' }}", token.source)


def _variable(token: Token, scope: Scope) -> str:
    if scope.blocks and scope.blocks[-1].tag == "blocktrans":
        return _in_translation(token, scope)
    if not token.content:
        raise Untranslatable("there is nothing between the braces", is_error=True)
    expression = shown(token.content, scope)
    if expression == "form" or scope.kind(token.content) == "form":
        scope.needs_forms = True
        expression = f"form_fields({expression})"
    return f"{{{{ {expression} }}}}"


def _in_translation(token: Token, scope: Scope) -> str:
    """Return a variable of a text to translate, which may only be a name in Jinja."""
    expression = shown(token.content, scope)
    if expression != token.content:
        place = scope.blocks[-1].place
        header, name = scope.out[place], token.content.replace(".", "_")
        join = ", " if "=" in header else " "
        if f"{name}=" not in header:
            scope.out[place] = header.replace(" %}", f"{join}{name}={expression} %}}")
        return f"{{{{ {name} }}}}"
    if not expression.isidentifier():
        raise Untranslatable("a text to translate takes names alone")
    return token.source


def _block(token: Token, scope: Scope) -> str:
    name, *rest = words(token.content) or [""]
    if name in BLOCKS:
        return BLOCKS[name](rest, scope)
    if name in TAGS:
        return TAGS[name](rest, scope)
    end = ENDS.get(name) or name.removeprefix("end")
    if end != name and end in BLOCKS:
        return scope.close(end)
    if name in scope.known.tags:
        return own_tag(name, rest, scope)
    raise Untranslatable(f"the tag {name} is not known", is_error=True)


def _commented(token: Token, scope: Scope) -> str:
    if token.kind == "block" and token.content == "endcomment":
        return scope.close("comment")
    return token.source.replace("{#", "{ #").replace("#}", "# }")


def _comment(token: Token, scope: Scope) -> str:
    return token.source


_KINDS = {
    "text": _text,
    "variable": _variable,
    "block": _block,
    "comment": _comment,
}

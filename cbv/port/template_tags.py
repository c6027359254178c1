"""What each tag of Django's templates becomes in Jinja, tags that stand alone.

Each function takes the words behind the tag's name and the scope, and returns text.
Tags that enclose text are in :mod:`cbv.port.template_blocks`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from posixpath import join
from posixpath import normpath

from .notes import Untranslatable
from .template_scope import Scope
from .template_values import operand
from .template_values import unquoted
from .template_values import value

_KEYWORD = re.compile(r"(\w+)=(.+)", re.DOTALL)
CSRF = '<input type="hidden" name="csrf_token" value="{{ csrf_token() }}">'
#: Stands for a ``{% load %}`` until the line that it had for itself is taken out.
CUT = "\0load\0"
_PARTS = {
    "openblock": "{%",
    "closeblock": "%}",
    "openvariable": "{{",
    "closevariable": "}}",
    "openbrace": "{",
    "closebrace": "}",
    "opencomment": "{#",
    "closecomment": "#}",
}
Handler = Callable[[list[str], Scope], str]


def keywords(words: list[str], scope: Scope) -> tuple[list[str], dict[str, str]]:
    """Return the values of a tag: those by position, and those by name."""
    named = {m[1]: value(m[2], scope) for w in words if (m := _KEYWORD.fullmatch(w))}
    return [value(w, scope) for w in words if not _KEYWORD.fullmatch(w)], named


def written(named: dict[str, str]) -> str:
    """Write values by name, as a call or ``{% with %}`` takes them."""
    return ", ".join(f"{name}={said}" for name, said in named.items())


def result(words: list[str]) -> tuple[list[str], str]:
    """Split ``… as name`` from the end of a tag; the name is empty without one."""
    return (words[:-2], words[-1]) if words[-2:-1] == ["as"] else (words, "")


def output(expression: str, name: str) -> str:
    """Show an expression, or keep it under a name."""
    if name:
        return f"{{% set {name} = {expression} %}}"
    return f"{{{{ {expression} }}}}"


# --- addresses ------------------------------------------------------------------------


def url(words: list[str], scope: Scope) -> str:
    """``{% url 'name' a b=c as d %}``."""
    words, name = result(words)
    if not words:
        raise Untranslatable("url names no address", is_error=True)
    endpoint = unquoted(words[0])
    positional, named = keywords(words[1:], scope)
    if endpoint is None:
        if positional:
            raise Untranslatable("which address url means is not known", "urls.md")
        call = _call("url_for", [value(words[0], scope)], named)
        return output(call, name)
    names = scope.known.argument_names(endpoint, len(positional), list(named))
    if names is None:
        raise Untranslatable(_no_address(endpoint, scope), "urls.md")
    given = dict(zip(names, positional, strict=True)) | named
    quote = words[0][0]
    shown = quote + endpoint.replace(":", ".") + quote
    return output(_call("url_for", [shown], given), name)


def _no_address(endpoint: str, scope: Scope) -> str:
    if endpoint in scope.known.addresses:
        return f"no address called {endpoint} takes these values"
    return f"no URLconf has an address called {endpoint}"


def _call(name: str, positional: list[str], named: dict[str, str]) -> str:
    arguments = [*positional, *(f"{key}={said}" for key, said in named.items())]
    return f"{name}({', '.join(arguments)})"


def static(words: list[str], scope: Scope) -> str:
    """``{% static 'file' as name %}``."""
    words, name = result(words)
    file = value(words[0], scope)
    quote = '"' if file.startswith("'") else "'"
    return output(f"url_for({quote}static{quote}, filename={file})", name)


def querystring(words: list[str], scope: Scope) -> str:
    """``{% querystring page=2 %}``, which cbv knows by the same name."""
    positional, named = keywords(words, scope)
    if positional:
        raise Untranslatable("querystring takes values by name here", "filters.md")
    return output(_call("querystring", [], named), "")


# --- other templates ------------------------------------------------------------------


def template_name(word: str, scope: Scope) -> str:
    """Return the name of a template; one that starts with a dot counts from here."""
    says = unquoted(word)
    if says is None or not says.startswith("."):
        return value(word, scope)
    return f'"{normpath(join(scope.name, "..", says))}"'


def extends(words: list[str], scope: Scope) -> str:
    """``{% extends "base.html" %}``."""
    return f"{{% extends {template_name(words[0], scope)} %}}"


def include(words: list[str], scope: Scope) -> str:
    """``{% include "part.html" with a=b only %}``."""
    only = "only" in words[1:]
    rest = [word for word in words[1:] if word not in ("with", "only")]
    _, named = keywords(rest, scope)
    tag = f"{{% include {template_name(words[0], scope)} %}}"
    if only:
        raise Untranslatable("Jinja cannot hide the names around an include")
    if named:
        return f"{{% with {written(named)} %}}{tag}{{% endwith %}}"
    return tag


# --- texts ----------------------------------------------------------------------------


def now(words: list[str], scope: Scope) -> str:
    """``{% now "Y" as year %}``."""
    words, name = result(words)
    return output(f"now()|date({operand(words[0], scope)})", name)


def firstof(words: list[str], scope: Scope) -> str:
    """``{% firstof a b "c" as d %}``."""
    words, name = result(words)
    choices = [value(word, scope) for word in words]
    return output(" or ".join([*choices, '""']), name)


def cycle(words: list[str], scope: Scope) -> str:
    """``{% cycle 'a' 'b' as name silent %}``, in a loop."""
    if not scope.blocks or scope.blocks[-1].tag != "for" or len(words) < 2:
        raise Untranslatable("Jinja's loop.cycle counts every pass of its loop")
    silent = words[-1:] == ["silent"]
    words, name = result(words[:-1] if silent else words)
    call = _call("loop.cycle", [value(word, scope) for word in words], {})
    setting = output(call, name)
    return setting if silent or not name else f"{setting}{{{{ {name} }}}}"


def widthratio(words: list[str], scope: Scope) -> str:
    """``{% widthratio a b 100 as c %}``."""
    words, name = result(words)
    return output(_call("widthratio", [value(w, scope) for w in words], {}), name)


def regroup(words: list[str], scope: Scope) -> str:
    """``{% regroup rows by attribute as groups %}``."""
    if len(words) != 5:
        raise Untranslatable("regroup is: rows by attribute as name", is_error=True)
    rows, attribute = value(words[0], scope), words[2].removesuffix(".all")
    return output(f'{rows}|regroup("{attribute}")', words[4])


def trans(words: list[str], scope: Scope) -> str:
    """``{% translate "text" context "c" as name %}``."""
    words, name = result(words)
    text, rest = value(words[0], scope), words[1:]
    if rest[:1] == ["noop"]:
        return output(text, name)
    call = _call("_", [text], {})
    if rest[:1] == ["context"]:
        call = _call("pgettext", [value(rest[1], scope), text], {})
    escaped = "" if unquoted(words[0]) else "|forceescape"
    return output(call + escaped, name)


def templatetag(words: list[str], scope: Scope) -> str:
    """``{% templatetag openblock %}``."""
    return output(f'"{_PARTS[words[0]]}"', "")


def load(words: list[str], scope: Scope) -> str:
    """``{% load static %}``: every filter and function is at hand in Jinja."""
    return CUT


TAGS: dict[str, Handler] = {
    "crispy": lambda words, scope: "{{ " + value(f"{words[0]}|crispy", scope) + " }}",
    "csrf_token": lambda words, scope: CSRF,
    "cycle": cycle,
    "extends": extends,
    "firstof": firstof,
    "get_static_prefix": lambda words, scope: "{{ url_for('static', filename='') }}",
    "include": include,
    "load": load,
    "now": now,
    "querystring": querystring,
    "regroup": regroup,
    "static": static,
    "templatetag": templatetag,
    "trans": trans,
    "translate": trans,
    "url": url,
    "widthratio": widthratio,
}


def own_tag(tag: str, words: list[str], scope: Scope) -> str:
    """Call a tag that the project registers: a global of the same name in Jinja."""
    words, name = result(words)
    positional, named = keywords(words, scope)
    return output(_call(tag, positional, named), name)

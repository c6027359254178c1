"""Turn URLconfs into lists for ``cbv.register``: the endpoints keep their names.

Django: ``path``, ``re_path``, ``include``.
"""

from __future__ import annotations

import ast
import re

import libcst as cst

from . import modules
from .code_context import arguments
from .code_context import call
from .code_context import expression
from .code_context import Here
from .code_queries import text_of
from .notes import Untranslatable
from .urlconf import ACCOUNTS

_GROUP = re.compile(r"\(\?P<(\w+)>((?:[^()\\]|\\.)+)\)")
#: What a group of a regular expression means, as a converter of Flask's.
_CONVERTERS = {
    r"\d+": "int:",
    "[0-9]+": "int:",
    r"[-\w]+": "slug:",
    r"[\w-]+": "slug:",
    "[-a-zA-Z0-9_]+": "slug:",
    "[a-zA-Z0-9_-]+": "slug:",
    r"\w+": "",
    "[^/]+": "",
    ".+": "path:",
}


def path(here: Here, node: cst.Call) -> cst.BaseExpression:
    """Return an entry: a view class as it is, a function with both its verbs."""
    here.need("cbv", "path")
    args = [_said(argument) for argument in node.args]
    if len(args) > 1 and here.code(args[1].value).endswith("site.urls"):
        raise Untranslatable("the admin, which is not in cbv, is left out", "crud.md")
    if len(args) > 1:
        args[1:2] = _view(here, args[1], args)
    return node.with_changes(func=cst.Name("path"), args=args)


def _said(argument: cst.Arg) -> cst.Arg:
    known = {"route": None, "view": None}
    word = argument.keyword.value if argument.keyword else ""
    if word in known:
        return argument.with_changes(keyword=None, equal=cst.MaybeSentinel.DEFAULT)
    return argument


def _view(here: Here, argument: cst.Arg, args: list[cst.Arg]) -> list[cst.Arg]:
    """Return the view of an entry, and the verbs of a function."""
    view = argument.value
    if isinstance(view, cst.Call) and here.code(view.func).endswith(".as_view"):
        owner = cst.ensure_type(view.func, cst.Attribute).value
        value = owner if not view.args else _configured(here, view, args)
        return [argument.with_changes(value=value)]
    name = here.code(view).rpartition(".")[2]
    if (
        isinstance(view, (cst.Name, cst.Attribute))
        and name in here.project.taking_request
    ):
        verbs = expression('["GET", "POST"]')
        args.append(_keyword("methods", verbs))
    return [argument]


def _keyword(name: str, value: cst.BaseExpression) -> cst.Arg:
    tight = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
    return cst.Arg(value, keyword=cst.Name(name), equal=tight)


def _configured(here: Here, view: cst.Call, args: list[cst.Arg]) -> cst.Call:
    """Return ``View.as_view("name", key=value)``, which needs its name first."""
    for argument in args[2:]:
        if argument.keyword is not None and argument.keyword.value == "name":
            return view.with_changes(args=[cst.Arg(argument.value), *view.args])
    name = f'"{here.code(view.func).split(".")[-2].lower()}"'
    return view.with_changes(args=[cst.Arg(expression(name)), *view.args])


def re_path(here: Here, node: cst.Call) -> cst.BaseExpression:
    """Return an entry for a regular expression of named groups."""
    route = here.code(node.args[0].value).removeprefix("r")
    pattern = text_of(route).removeprefix("^").removesuffix("$").removesuffix(r"\Z")
    rule = _GROUP.sub(_variable, pattern)
    if re.search(r"[()\[\]*+?\\|^$]", rule.replace(r"\.", "").replace(r"\-", "")):
        raise Untranslatable("such a regular expression has no rule", "urls.md")
    rule = rule.replace(r"\.", ".").replace(r"\-", "-")
    first = node.args[0].with_changes(value=expression(f'"{rule}"'))
    return path(here, node.with_changes(args=[first, *node.args[1:]]))


def _variable(found: re.Match[str]) -> str:
    group = found[2]
    if re.fullmatch(r"(\\d|\[0-9\])\{\d+(,\d+)?\}", group):
        return f"<int:{found[1]}>"
    if group not in _CONVERTERS:
        raise Untranslatable(f"{group} has no converter", "urls.md")
    return f"<{_CONVERTERS[group]}{found[1]}>"


def _accounts(here: Here) -> str:
    """Return cbv's addresses of accounts that Django has too, but for the file's own.

    In Django the first pattern answers, so a site's own ``login`` hides the other.
    """
    here.need("cbv", "auth")
    tree = here.project.trees[here.path]
    own = {
        str(word.value.value)
        for node in ast.walk(tree)
        if modules.called_name(node) in ("path", "re_path")
        for word in getattr(node, "keywords", ())
        if word.arg == "name" and isinstance(word.value, ast.Constant)
    }
    names = sorted({"register", *(own & ACCOUNTS.keys())})
    listed = ", ".join(f'"{name}"' for name in names)
    return f"[entry for entry in auth.urlpatterns if entry.name not in ({listed},)]"


def include(here: Here, node: cst.Call) -> cst.BaseExpression:
    """Return an include; Django's accounts are ``cbv.auth.urls``."""
    positional, named = arguments(here, node)
    here.need("cbv", "include")
    source = positional[0]
    if source.strip("\"'") == "django.contrib.auth.urls":
        return expression(call("include", [_accounts(here)], named))
    if source[:1] in "\"'":
        name = text_of(source)
        found = modules.find(here.project.files, name)
        if found is None:
            raise Untranslatable(f"the URLconf {name} is not in the project", "urls.md")
        source = f'"{modules.dotted(here.project.base, found)}"'
    return expression(call("include", [source, *positional[1:]], named))

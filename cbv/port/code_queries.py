"""Turn chains of Django's query methods into ``select()`` statements.

A rule takes what the chain is so far, its model and the arguments of the next call.
Django: ``QuerySet``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import libcst as cst

from .code_context import arguments
from .code_context import call
from .code_context import expression
from .code_context import Here
from .code_lookups import Lookups
from .code_lookups import PAGE
from .notes import Untranslatable

_TEXT = re.compile(r"""(['"])(.*)\1""", re.DOTALL)
#: Methods that end a chain, or give it an order: no order of the model is added.
_UNSORTED = {
    "aggregate",
    "bulk_create",
    "count",
    "create",
    "delete",
    "earliest",
    "exists",
    "get",
    "get_or_create",
    "latest",
    "order_by",
    "update",
}
Rule = Callable[[Here, str, str, list[str], dict[str, str]], str]


def lookups(here: Here) -> Lookups:
    """Return a writer of criteria that imports what they name."""

    def need(module: str, name: str) -> str:
        if module == "model":
            return here.model_class(name)
        return here.need(module, name)

    return Lookups(here.models, need)


def text_of(code: str) -> str:
    """Return what a quoted text says.

    :raises Untranslatable: for an expression that is no such text.
    """
    found = _TEXT.fullmatch(code)
    if found is None:
        raise Untranslatable(f"{code} is known only when it runs", PAGE)
    return found[2]


def start(here: Here, model: str, asked: list[str]) -> str:
    """Return the beginning of a chain, sorted as the model's ``Meta`` says.

    :param asked: the names of the methods that follow.
    """
    here.need("sqlalchemy", "select")
    code = f"select({here.model_class(model)})"
    if _UNSORTED & set(asked):
        return code
    order = default_order(here, model)
    return f"{code}.order_by({', '.join(order)})" if order else code


def default_order(here: Here, model: str) -> list[str]:
    """Return what the rows of a model are sorted by, as far as its text tells."""
    writer = lookups(here)
    return [writer.order(model, name) for name in writer.ordering(model)[0]]


def conditions(
    here: Here, model: str, positional: list[str], named: dict[str, str]
) -> list[str]:
    """Return the criteria of ``filter``."""
    writer = lookups(here)
    if any(code.startswith("*") for code in positional) or "**" in named:
        raise Untranslatable("the keywords are known only when it runs", PAGE)
    found = [writer.criterion(model, key, code) for key, code in named.items()]
    return [*positional, *found]


# --- rules ------------------------------------------------------------------------


def _filter(
    here: Here, chain: str, model: str, positional: list[str], named: dict[str, str]
) -> str:
    return call(f"{chain}.where", conditions(here, model, positional, named), {})


def _exclude(
    here: Here, chain: str, model: str, positional: list[str], named: dict[str, str]
) -> str:
    found = conditions(here, model, positional, named)
    here.need("sqlalchemy", "not_")
    inner = found[0] if len(found) == 1 else " & ".join(f"({c})" for c in found)
    return f"{chain}.where(not_({inner}))"


def _order_by(
    here: Here, chain: str, model: str, positional: list[str], named: dict[str, str]
) -> str:
    writer = lookups(here)
    order = [writer.order(model, text_of(code)) for code in positional]
    reset = ".order_by(None)" if ".order_by(" in chain and order else ""
    return f"{chain}{reset}.order_by({', '.join(order) or None})"


def _loading(loader: str) -> Rule:
    def rule(
        here: Here, chain: str, model: str, positional: list[str], named: dict[str, str]
    ) -> str:
        writer = lookups(here)
        here.need("sqlalchemy.orm", loader)
        paths = [writer.path(model, text_of(code), loader) for code in positional]
        return call(f"{chain}.options", paths, {})

    return rule


def _get(
    here: Here, chain: str, model: str, positional: list[str], named: dict[str, str]
) -> str:
    found = conditions(here, model, positional, named)
    where = call(f"{chain}.where", found, {}) if found else chain
    return f"{here.need('cbv.db', 'session')}().scalars({where}).one()"


def _bulk(verb: str) -> Rule:
    def rule(
        here: Here, chain: str, model: str, positional: list[str], named: dict[str, str]
    ) -> str:
        head = f"select({model})"
        is_plain = chain.startswith(head) and ".options(" not in chain
        if not is_plain or (verb == "delete" and any(here.models.reverses(model))):
            raise Untranslatable(f"{verb}() of many rows also touches others", PAGE)
        here.need("sqlalchemy", verb)
        chain = f"{verb}({model}){chain.removeprefix(head)}"
        values = call(".values", [], named) if named else ""
        return f"{here.need('cbv.db', 'session')}().execute({chain}{values})"

    return rule


def _first(
    here: Here, chain: str, model: str, positional: list[str], named: dict[str, str]
) -> str:
    here.need("cbv.db", "scalar")
    return f"scalar({chain}.limit(1))"


def _last(sign: str) -> Rule:
    def rule(
        here: Here, chain: str, model: str, positional: list[str], named: dict[str, str]
    ) -> str:
        here.need("cbv.db", "scalar")
        names = [f"{sign}{text_of(code)}" for code in positional]
        order = [lookups(here).order(model, name.replace("--", "")) for name in names]
        if not order:
            raise Untranslatable("by what it is the latest is not said", PAGE)
        return f"scalar({chain}.order_by({', '.join(order)}).limit(1))"

    return rule


def _called(name: str) -> Rule:
    def rule(
        here: Here, chain: str, model: str, positional: list[str], named: dict[str, str]
    ) -> str:
        return f"{here.need('cbv.db', name)}({chain})"

    return rule


def _values_list(
    here: Here, chain: str, model: str, positional: list[str], named: dict[str, str]
) -> str:
    if named.get("flat") != "True" or len(positional) != 1:
        raise Untranslatable("rows of several columns are tuples here", PAGE)
    column = lookups(here).attribute(model, text_of(positional[0]))
    here.need("cbv.db", "scalars")
    return f"scalars({chain}.with_only_columns({column}))"


def _distinct(
    here: Here, chain: str, model: str, positional: list[str], named: dict[str, str]
) -> str:
    if positional:
        raise Untranslatable("distinct() by columns is PostgreSQL's alone", PAGE)
    return f"{chain}.distinct()"


def _same(
    here: Here, chain: str, model: str, positional: list[str], named: dict[str, str]
) -> str:
    return chain


def _none(
    here: Here, chain: str, model: str, positional: list[str], named: dict[str, str]
) -> str:
    return f"{chain}.where({here.need('sqlalchemy', 'false')}())"


#: By Django's name: what the next call of a chain becomes.
CHAINED: dict[str, Rule] = {
    "all": _same,
    "distinct": _distinct,
    "exclude": _exclude,
    "filter": _filter,
    "iterator": _same,
    "none": _none,
    "order_by": _order_by,
    "prefetch_related": _loading("selectinload"),
    "select_related": _loading("joinedload"),
}
#: What gives a value, and no statement any more.
ENDING: dict[str, Rule] = {
    "count": _called("count"),
    "delete": _bulk("delete"),
    "earliest": _last(""),
    "exists": _called("exists"),
    "first": _first,
    "get": _get,
    "latest": _last("-"),
    "update": _bulk("update"),
    "values_list": _values_list,
}


def chained(here: Here, node: cst.Call, model: str) -> cst.BaseExpression:
    """Return what a call on a statement becomes.

    :raises Untranslatable: for a method that has no rule.
    """
    function = cst.ensure_type(node.func, cst.Attribute)
    name, chain = function.attr.value, here.code(function.value)
    positional, named = arguments(here, node)
    positional = [text for code in positional for text in _unpacked(here, code)]
    if name == "create":
        made = expression(call(here.model_class(model), positional, named))
        here.created[made] = model
        return made
    rule = CHAINED.get(name) or ENDING.get(name)
    if rule is None:
        raise Untranslatable(f"{name}() is written with SQLAlchemy", PAGE)
    if any(argument.star == "**" for argument in node.args):
        raise Untranslatable("the keywords are known only when it runs", PAGE)
    made = expression(rule(here, chain, model, positional, named))
    if name in CHAINED:
        here.queries[made] = model
    return made


def _unpacked(here: Here, code: str) -> list[str]:
    """Return the texts of ``*names``, where the function says what they are."""
    known = here.function.texts if here.function else {}
    texts = known.get(code.removeprefix("*")) if code.startswith("*") else None
    return [f'"{text}"' for text in texts] if texts else [code]


def sliced(here: Here, node: cst.Subscript, model: str) -> cst.BaseExpression:
    """Return what ``rows[a:b]`` of a statement becomes."""
    chain = here.code(node.value)
    index: Any = node.slice[0].slice
    if isinstance(index, cst.Index):
        here.need("cbv.db", "scalar")
        place = here.code(index.value)
        return expression(f"scalar({chain}.offset({place}).limit(1))")
    lower = here.code(index.lower) if index.lower else ""
    upper = here.code(index.upper) if index.upper else ""
    made = chain + (f".offset({lower})" if lower else "")
    if upper:
        made += f".limit({upper} - {lower})" if lower else f".limit({upper})"
    found = expression(made)
    here.queries[found] = model
    return found


def rows(here: Here, node: cst.BaseExpression) -> cst.BaseExpression:
    """Return an expression for the rows, where it is a statement."""
    if node not in here.queries:
        return node
    here.need("cbv.db", "scalars")
    return expression(f"scalars({here.code(node)})")


def alternatives(here: Here, node: cst.Call) -> cst.BaseExpression:
    """Return what ``Q(...)`` becomes: criteria in parentheses, for ``|`` and ``&``."""
    positional, named = arguments(here, node)
    found = conditions(here, here.model, positional, named)
    if not found:
        raise Untranslatable("Q() without a condition has no counterpart", PAGE)
    return expression("(" + " & ".join(_wrapped(c, len(found)) for c in found) + ")")


def _wrapped(code: str, count: int) -> str:
    return f"({code})" if count > 1 else code

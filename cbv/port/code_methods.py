"""What methods of Django's objects become: rows, relations, forms, parents.

Each rule takes the call, whose parts are turned already, and returns the expression in
its place, or None if it is not about this call.
"""

from __future__ import annotations

import libcst as cst

from .code_context import arguments
from .code_context import call
from .code_context import expression
from .code_context import Here
from .code_lookups import PAGE
from .code_queries import chained
from .model_facts import Reverse
from .notes import Untranslatable

#: Methods of a view whose first argument is the request.
HANDLERS = {
    "delete",
    "dispatch",
    "get",
    "head",
    "http_method_not_allowed",
    "options",
    "patch",
    "post",
    "put",
    "setup",
}
_ON_LISTS = {"add": "append", "remove": "remove", "clear": "clear"}
#: Methods that nothing but a query has.
_OF_QUERIES = {
    "aggregate",
    "annotate",
    "bulk_create",
    "exclude",
    "filter",
    "get_or_create",
    "order_by",
    "prefetch_related",
    "select_related",
    "update_or_create",
    "values_list",
}
_ROW_ENDS = (".instance", "self.object", "self.user", "current_user")


def parent(here: Here, node: cst.Call) -> cst.BaseExpression | None:
    """``super().get(request, *args, **kwargs)`` loses the request."""
    function = node.func
    if not isinstance(function, cst.Attribute) or not here.class_:
        return None
    owner, name = here.code(function.value), function.attr.value
    if here.class_.kind != "view" or owner not in ("super()", "self"):
        return None
    if name == "get_queryset":
        here.queries[node] = here.class_.model
        return node
    if name not in HANDLERS:
        return None
    kept = [
        arg
        for arg in node.args
        if here.code(arg.value) != "request" and arg.star != "*"
    ]
    name = "dispatch_request" if name == "dispatch" else name
    kept = [arg.with_changes(comma=cst.MaybeSentinel.DEFAULT) for arg in kept]
    return node.with_changes(func=function.with_changes(attr=cst.Name(name)), args=kept)


def helper(here: Here, node: cst.Call) -> cst.BaseExpression | None:
    """A function of the project that took the request takes none."""
    name = here.code(node.func).rpartition(".")[2]
    if name not in here.project.taking_request or not node.args:
        return None
    if here.code(node.args[0].value) not in ("request", "self.request"):
        return None
    return node.with_changes(args=node.args[1:])


def form(here: Here, node: cst.Call) -> cst.BaseExpression | None:
    """``form.is_valid()`` and ``form.add_error(…)``."""
    function = node.func
    if not isinstance(function, cst.Attribute):
        return None
    if function.attr.value == "is_valid" and not node.args:
        return node.with_changes(func=function.with_changes(attr=cst.Name("validate")))
    if function.attr.value == "add_error":
        positional, named = arguments(here, node)
        here.need("cbv.forms", "add_error")
        owner = here.code(function.value)
        return expression(call("add_error", [owner, *positional, *named.values()], {}))
    return None


def new_form(here: Here, node: cst.Call) -> cst.BaseExpression | None:
    """``PostForm(request.POST, instance=post)`` takes its values by Flask's names."""
    owner = here.project.classes.by_name.get(here.code(node.func).rpartition(".")[2])
    if owner is None or owner.kind != "form" or not node.args:
        return None
    positional, named = arguments(here, node)
    if "data" in named:
        positional = [_submitted(here, named.pop("data")), *positional]
    named.pop("files", None)
    positional = [code.removesuffix(" or None") for code in positional]
    if len(positional) > 1 and "files" in positional[1]:
        positional = [
            f"{here.need('werkzeug.datastructures', 'CombinedMultiDict')}"
            f"([{positional[1]}, {positional[0]}])"
        ]
    named = {"data" if key == "initial" else key: code for key, code in named.items()}
    return expression(call(here.code(node.func), positional, named))


def _submitted(here: Here, code: str) -> str:
    """Return values as a form wants them: a mapping with several values for a name."""
    if not code.startswith("{"):
        return code
    return f"{here.need('werkzeug.datastructures', 'MultiDict')}({code})"


def row(here: Here, node: cst.Call) -> cst.BaseExpression | None:
    """``post.save()`` and ``post.delete()`` of a row.

    :raises Untranslatable: where it is not known whether it is a row or a form.
    """
    function = node.func
    is_named = isinstance(function, cst.Attribute) and function.attr.value in (
        "save",
        "delete",
    )
    if not is_named or any(a.star for a in node.args):
        return None
    owner = here.code(cst.ensure_type(function, cst.Attribute).value)
    name = cst.ensure_type(function, cst.Attribute).attr.value
    if "form" in owner.rpartition(".")[2].lower() or owner.startswith("super"):
        return None
    if not _is_row(here, owner):
        raise Untranslatable(f"whether {owner} is a row or a form is not known", PAGE)
    if here.function is not None and here.function.is_view:
        here.commits = True
    return expression(f"{here.need('cbv.db', name)}({owner})")


def _is_row(here: Here, owner: str) -> bool:
    if owner == "self":
        return bool(here.class_ and here.class_.kind == "model")
    known = here.function.rows if here.function else set()
    return owner in known or owner.endswith(_ROW_ENDS)


def related(here: Here, node: cst.Call) -> cst.BaseExpression | None:
    """``post.comments.all()`` is a list; ``filter`` on it is a statement.

    :raises Untranslatable: for what a list cannot do.
    """
    function = node.func
    if not isinstance(function, cst.Attribute):
        return None
    owner = function.value
    if (
        not isinstance(owner, cst.Attribute)
        or owner.attr.value not in here.project.known.relations
    ):
        return None
    if here.model_of(owner.value):
        return None
    name, code = function.attr.value, here.code(owner)
    if name == "all":
        return owner
    if name in ("count", "exists"):
        return expression(f"{'len' if name == 'count' else 'bool'}({code})")
    if name == "first":
        return expression(f"next(iter({code}), None)")
    if name in _ON_LISTS and len(node.args) == (name != "clear"):
        return node.with_changes(
            func=function.with_changes(attr=cst.Name(_ON_LISTS[name]))
        )
    return _statement(here, node, owner, name)


def _statement(
    here: Here, node: cst.Call, owner: cst.Attribute, name: str
) -> cst.BaseExpression | None:
    """Return a statement for the rows of a relation of one object."""
    found = _other_side(here, owner.attr.value)
    _, named = arguments(here, node)
    if found is None or found.field.kind == "ManyToManyField":
        if name == "set":
            return None
        raise Untranslatable(f"{name}() of a list of rows has no counterpart", PAGE)
    one = here.code(owner.value)
    model = here.model_class(found.owner)
    if name == "create":
        made = expression(call(model, [], {found.field.name: one, **named}))
        here.created[made] = found.owner
        return made
    own = f"{model}.{found.field.name} == {one}"
    here.need("sqlalchemy", "select")
    chain = expression(f"select({model}).where({own})")
    here.queries[chain] = found.owner
    asked = node.with_changes(func=cst.Attribute(chain, cst.Name(name)))
    return chained(here, asked, found.owner)


def _other_side(here: Here, name: str) -> Reverse | None:
    """Return the only relation that is called so on its other side."""
    found = [
        reverse
        for model in here.models.by_name
        for reverse in here.models.reverses(model)
        if reverse.name == name
    ]
    return found[0] if len(found) == 1 else None


def decorated(here: Here, node: cst.Call) -> cst.BaseExpression | None:
    """``method_decorator(…, name="dispatch")`` names Flask's method."""
    if here.code(node.func) != "method_decorator":
        return None
    args = []
    for argument in node.args:
        said = here.code(argument.value)
        is_name = argument.keyword is not None and argument.keyword.value == "name"
        if is_name and said.strip("\"'") == "dispatch":
            argument = argument.with_changes(value=expression('"dispatch_request"'))
        args.append(argument)
    return node.with_changes(args=args)


def unknown(here: Here, node: cst.Call) -> cst.BaseExpression | None:
    """A method of queries on what is not known to be one.

    :raises Untranslatable: for such a method.
    """
    function = node.func
    if isinstance(function, cst.Attribute) and function.attr.value in _OF_QUERIES:
        owner = here.code(function.value)
        if not owner.startswith(("select(", "scalars(")):
            raise Untranslatable(f"what {owner} holds is not known", PAGE)
    return None


RULES = (parent, helper, form, new_form, decorated, row, related, unknown)

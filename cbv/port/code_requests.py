"""What Django's request is asked for, and what answers it in Flask."""

from __future__ import annotations

import libcst as cst

from .code_context import expression
from .code_context import Here
from .notes import Untranslatable

#: By Django's name: what stands for it behind a request of Flask's.
ATTRIBUTES = {
    "COOKIES": "cookies",
    "FILES": "files",
    "GET": "args",
    "META": "environ",
    "POST": "form",
    "body": "data",
    "encoding": "charset",
    "path_info": "path",
}
#: Calls without arguments that are attributes in Flask.
CALLS = {
    "build_absolute_uri": "url",
    "get_full_path": "full_path",
    "get_host": "host",
    "is_secure": "is_secure",
}
#: What both know by the same name.
SAME = {
    "accept_mimetypes",
    "args",
    "authorization",
    "content_length",
    "content_type",
    "cookies",
    "data",
    "endpoint",
    "environ",
    "files",
    "form",
    "full_path",
    "get_json",
    "headers",
    "host",
    "is_secure",
    "json",
    "method",
    "path",
    "scheme",
    "url",
    "view_args",
}
_MATCH = {
    "view_name": "endpoint",
    "url_name": "endpoint",
    "kwargs": "view_args",
}


def is_request(here: Here, node: cst.BaseExpression) -> bool:
    """Tell whether an expression is the request: ``request`` or ``self.request``."""
    text = here.code(node)
    if text == "self.request":
        return True
    function = here.function
    return text == "request" and function is not None and function.has_request


def attribute(here: Here, node: cst.Attribute) -> cst.BaseExpression:
    """Return what ``request.name`` becomes.

    :raises Untranslatable: for what Flask's request has not.
    """
    name = node.attr.value
    if name == "user":
        return _user(here)
    if name == "session":
        return expression(here.need("flask", "session"))
    if name in here.project.on_request:
        return expression(f"{here.need('flask', 'g')}.{name}")
    if name in ATTRIBUTES:
        return node.with_changes(attr=cst.Name(ATTRIBUTES[name]))
    if name in SAME or name in CALLS or name == "resolver_match":
        return node
    raise Untranslatable(f"Flask's request has no {name}", "views.md")


def matched(here: Here, node: cst.Attribute) -> cst.BaseExpression | None:
    """Return what ``request.resolver_match.name`` becomes, None if it is not that."""
    owner = node.value
    if not isinstance(owner, cst.Attribute) or owner.attr.value != "resolver_match":
        return None
    name = _MATCH.get(node.attr.value)
    if name is None or not is_request(here, owner.value):
        return None
    return owner.with_changes(attr=cst.Name(name))


def _user(here: Here) -> cst.BaseExpression:
    """Return the user: a view has it, everybody else asks Flask-Login."""
    if here.class_ and here.class_.kind == "view":
        return expression("self.user")
    return expression(here.need("flask_login", "current_user"))


def called(here: Here, node: cst.Call) -> cst.BaseExpression | None:
    """Return what ``request.get_full_path()`` becomes, None if it is no such call."""
    function = node.func
    if not isinstance(function, cst.Attribute) or node.args:
        return None
    name = CALLS.get(function.attr.value)
    if name is None or not is_request(here, function.value):
        return None
    return function.with_changes(attr=cst.Name(name))

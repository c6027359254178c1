"""What calls of Django's functions become, by the dotted name of what is called.

A rule takes the state and the call, whose parts are turned already, and returns the
expression in its place.
"""

from __future__ import annotations

from collections.abc import Callable

import libcst as cst

from .code_context import arguments
from .code_context import call
from .code_context import expression
from .code_context import Here
from .code_queries import alternatives
from .code_queries import conditions
from .code_queries import text_of
from .notes import Untranslatable

Rule = Callable[[Here, cst.Call], cst.BaseExpression]
#: A call whose arguments are read by nobody here.
STATIC = "django.conf.urls.static.static"
_REQUESTS = ("request", "self.request")


def without_request(positional: list[str]) -> list[str]:
    """Return arguments less a request in front of them."""
    return (
        positional[1:] if positional[:1] and positional[0] in _REQUESTS else positional
    )


def endpoint(code: str) -> str:
    """Return the code of an endpoint: ``"polls:index"`` is ``"polls.index"``."""
    is_text = code[:1] in "\"'" and code[-1:] in "\"'"
    return code.replace(":", ".") if is_text and "/" not in code else code


# --- answers --------------------------------------------------------------------------


def _render(here: Here, node: cst.Call) -> cst.BaseExpression:
    positional, named = arguments(here, node)
    positional = without_request(positional)
    context = named.pop("context", "") or "".join(positional[1:2])
    status = named.pop("status", "")
    if named or len(positional) > 2:
        raise Untranslatable(
            "render() takes a name, a context and a status", "views.md"
        )
    here.need("flask", "render_template")
    given = [positional[0], *([f"**{context}"] if context else [])]
    page = call("render_template", given, {})
    return expression(f"({page}, {status})" if status else page)


def _redirect(here: Here, node: cst.Call) -> cst.BaseExpression:
    positional, named = arguments(here, node)
    here.need("flask", "redirect")
    permanent = named.pop("permanent", "") == "True"
    target = positional[0]
    if positional[1:] or named:
        named = {"args": f"[{', '.join(positional[1:])}]"} | named
        named = {k: v for k, v in named.items() if v != "[]"}
        target = call(here.need("cbv", "reverse"), [endpoint(target)], named)
    elif (
        not target.startswith(("reverse", "self.")) and "get_absolute_url" not in target
    ):
        target = call(here.need("cbv.urls", "resolve_url"), [endpoint(target)], {})
    return expression(call("redirect", [target, *(["301"] if permanent else [])], {}))


def _to(status: str) -> Rule:
    def rule(here: Here, node: cst.Call) -> cst.BaseExpression:
        positional, _ = arguments(here, node)
        here.need("flask", "redirect")
        return expression(
            call("redirect", [*positional[:1], *filter(None, [status])], {})
        )

    return rule


def _response(status: str) -> Rule:
    def rule(here: Here, node: cst.Call) -> cst.BaseExpression:
        positional, named = arguments(here, node)
        if "charset" in named or "reason" in named:
            raise Untranslatable("a Response of Flask's has no charset", "views.md")
        named = {"status": status, **named} if status else named
        return expression(call(here.need("flask", "Response"), positional, named))

    return rule


def _abort(status: str) -> Rule:
    def rule(here: Here, node: cst.Call) -> cst.BaseExpression:
        positional, _ = arguments(here, node)
        named = {"description": positional[0]} if positional else {}
        return expression(call(here.need("flask", "abort"), [status], named))

    return rule


def _flash(category: str) -> Rule:
    def rule(here: Here, node: cst.Call) -> cst.BaseExpression:
        positional, named = arguments(here, node)
        text = named.get("message") or without_request(positional)[0]
        given = [text, f'"{category}"']
        return expression(call(here.need("flask", "flash"), given, {}))

    return rule


# --- addresses and users --------------------------------------------------------------


def _reverse(name: str) -> Rule:
    def rule(here: Here, node: cst.Call) -> cst.BaseExpression:
        here.need("cbv", name)
        first = node.args[0]
        code = endpoint(here.code(first.value))
        changed = first.with_changes(value=expression(code))
        return node.with_changes(func=cst.Name(name), args=[changed, *node.args[1:]])

    return rule


def _without_request(name: str) -> Rule:
    def rule(here: Here, node: cst.Call) -> cst.BaseExpression:
        positional, named = arguments(here, node)
        named.pop("request", None)
        here.need("cbv.auth", name)
        return expression(call(name, without_request(positional), named))

    return rule


def _user_model(here: Here, node: cst.Call) -> cst.BaseExpression:
    return expression(here.user())


def _or_404(name: str) -> Rule:
    def rule(here: Here, node: cst.Call) -> cst.BaseExpression:
        here.need("cbv.db", name)
        for argument in node.args[1:]:
            if argument.keyword is not None and "__" in argument.keyword.value:
                return _looked_up(here, node, name)
        args = [_by_key(here, node, argument) for argument in node.args]
        return node.with_changes(func=cst.Name(name), args=args)

    return rule


def _by_key(here: Here, node: cst.Call, argument: cst.Arg) -> cst.Arg:
    """Return ``pk=1`` by the name of the key."""
    source = node.args[0].value
    model = here.queries.get(source) or here.model_of(source)
    if argument.keyword is None or argument.keyword.value != "pk":
        return argument
    return argument.with_changes(keyword=cst.Name(here.models.pk(model)))


def _looked_up(here: Here, node: cst.Call, name: str) -> cst.BaseExpression:
    """Write lookups as criteria, since keywords are attributes' names here."""
    source = node.args[0].value
    model = here.queries.get(source) or here.model_of(source)
    positional, named = arguments(here, node)
    found = conditions(here, model, positional[1:], named)
    return expression(call(name, [positional[0], *found], {}))


# --- the rest -------------------------------------------------------------------------


def _column(here: Here, node: cst.Call) -> cst.BaseExpression:
    """``F("votes")``: a column of the only model that has it."""
    name = text_of(arguments(here, node)[0][0])
    names = [m for m in here.models.by_name if name in here.models.fields(m)]
    owner = here.model if name in here.models.fields(here.model) else ""
    if not owner and len(names) != 1:
        raise Untranslatable(f"which {name} is meant is not known", "extension.md")
    return expression(f"{here.model_class(owner or names[0])}.{name}")


def _first_argument(here: Here, node: cst.Call) -> cst.BaseExpression:
    """``gettext("text")`` and the like, where nothing is translated."""
    return node.args[0].value


def _format_html(here: Here, node: cst.Call) -> cst.BaseExpression:
    positional, named = arguments(here, node)
    here.need("markupsafe", "Markup")
    return expression(call(f"Markup({positional[0]}).format", positional[1:], named))


def _served(here: Here, node: cst.Call) -> cst.BaseExpression:
    """``static(…)`` in a URLconf: Flask serves its static folder by itself."""
    return expression("[]")


def _now(here: Here, node: cst.Call) -> cst.BaseExpression:
    return expression(f"{here.own('database', 'utcnow')}()")


CALLS: dict[str, Rule] = {
    STATIC: _served,
    "django.contrib.auth.authenticate": _without_request("authenticate"),
    "django.contrib.auth.get_user_model": _user_model,
    "django.contrib.auth.login": _without_request("login"),
    "django.contrib.auth.logout": _without_request("logout"),
    "django.contrib.auth.update_session_auth_hash": _without_request(
        "update_session_auth_hash"
    ),
    "django.contrib.messages.error": _flash("error"),
    "django.contrib.messages.info": _flash("info"),
    "django.contrib.messages.success": _flash("success"),
    "django.contrib.messages.warning": _flash("warning"),
    "django.db.models.F": _column,
    "django.db.models.Q": alternatives,
    "django.http.HttpResponse": _response(""),
    "django.http.HttpResponseBadRequest": _response("400"),
    "django.http.HttpResponseForbidden": _response("403"),
    "django.http.HttpResponseGone": _response("410"),
    "django.http.HttpResponseNotAllowed": _abort("405"),
    "django.http.HttpResponseNotFound": _response("404"),
    "django.http.HttpResponsePermanentRedirect": _to("301"),
    "django.http.HttpResponseRedirect": _to(""),
    "django.shortcuts.get_list_or_404": _or_404("get_list_or_404"),
    "django.shortcuts.get_object_or_404": _or_404("get_object_or_404"),
    "django.shortcuts.redirect": _redirect,
    "django.shortcuts.render": _render,
    "django.urls.reverse": _reverse("reverse"),
    "django.urls.reverse_lazy": _reverse("reverse_lazy"),
    "django.utils.html.format_html": _format_html,
    "django.utils.timezone.now": _now,
    "django.utils.translation.gettext": _first_argument,
    "django.utils.translation.gettext_lazy": _first_argument,
}

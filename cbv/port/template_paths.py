"""Turn the paths in a Django template (``a.b.0``) into expressions of Jinja.

Django calls what can be called; here it is said which names are methods.
"""

from __future__ import annotations

from .notes import Untranslatable
from .template_scope import Scope

#: What the names of Django's context are called in Flask, the longest first.
_ROOTS = {
    "request.resolver_match.url_name": 'request.endpoint.rpartition(".")[2]',
    "request.resolver_match.view_name": "request.endpoint",
    "request.resolver_match.kwargs": "request.view_args",
    "request.GET.urlencode": "request.query_string.decode()",
    "request.build_absolute_uri": "request.url",
    "request.get_full_path": 'request.full_path.rstrip("?")',
    "request.META.HTTP_REFERER": "request.referrer",
    "request.META.REMOTE_ADDR": "request.remote_addr",
    "request.get_host": "request.host",
    "request.user": "current_user",
    "request.GET": "request.args",
    "request.POST": "request.form",
    "request.session": "session",
    "request.COOKIES": "request.cookies",
    "block.super": "super()",
    "csrf_token": "csrf_token()",
    "user": "current_user",
    "debug": "config.DEBUG",
}
#: What is looked into by key, since its own methods could have the same name.
_MAPPINGS = {
    "request.args",
    "request.form",
    "request.cookies",
    "request.view_args",
    "session",
    "config",
}
_LOOP = {
    "counter": "index",
    "counter0": "index0",
    "revcounter": "revindex",
    "revcounter0": "revindex0",
    "first": "first",
    "last": "last",
}
_FORM_TEXTS = {"as_p", "as_div", "as_table", "as_ul"}
#: What of a form is called otherwise in WTForms.
_FORM = {"non_field_errors": "form_errors", "cleaned_data": "data"}
#: What of a form's field is called otherwise in WTForms.
_FIELD = {
    "errors": "errors",
    "label_tag": "label",
    "label": "label.text",
    "help_text": "description",
    "id_for_label": "id",
    "auto_id": "id",
    "html_name": "name",
    "name": "short_name",
    "value": "data",
    "data": "data",
}
#: What a list of rows is asked for, as a query in Django.
_ROWS = {
    "count": "({x}|length)",
    "exists": "({x}|length > 0)",
    "first": "({x}|first)",
    "last": "({x}|last)",
}


def is_markup(text: str) -> bool:
    """Tell whether a text that stands in a template would be changed by escaping."""
    return any(c in text for c in "<>&'\"")


def path(text: str, scope: Scope) -> str:
    """Return the Jinja expression for a path of names.

    :raises Untranslatable: for a path that has no counterpart.
    """
    parts = text.split(".")
    kind = scope.kind(parts[0])
    if parts[0] == "forloop":
        return _loop(parts[1:], scope)
    if parts[0] == "perms" and len(parts) == 3:
        return f'current_user.has_perm("{parts[1]}.{parts[2]}")'
    if kind in _KINDS:
        return _KINDS[kind](parts, scope)
    return _plain(parts, kind, scope)


def _plain(parts: list[str], kind: str, scope: Scope) -> str:
    for length in range(len(parts), 0, -1):
        root = _ROOTS.get(".".join(parts[:length]))
        if root is not None and kind != "local":
            return _steps(root, parts[length:], scope)
    return _steps(parts[0], parts[1:], scope, parts[0])


def _steps(result: str, parts: list[str], scope: Scope, before: str = "") -> str:
    for part in parts:
        is_list = before in scope.known.relations or before.endswith("_set")
        if part == "all":
            continue
        if is_list and part in _ROWS:
            result = _ROWS[part].replace("{x}", result)
        else:
            result = _step(result, part, scope)
        before = part
    return result


def _step(result: str, part: str, scope: Scope) -> str:
    if part.isdigit():
        return f"{result}[{part}]"
    if result in _MAPPINGS or not part.isidentifier():
        return f'{result}["{part}"]'
    if scope.known.is_unclear(part):
        return f"({result}.{part}|called)"
    return f"{result}.{part}" + ("()" if scope.known.is_method(part) else "")


def _loop(parts: list[str], scope: Scope) -> str:
    if not scope.depth:
        raise Untranslatable("a loop of another template is not known in Jinja")
    if parts[:1] == ["parentloop"] and len(parts) == 2:
        return f"{scope.outer_loop()}.{_loop_word(parts[1])}"
    if len(parts) != 1:
        raise Untranslatable("only the loop next to this one can be asked")
    return f"loop.{_loop_word(parts[0])}"


def _loop_word(word: str) -> str:
    if word not in _LOOP:
        raise Untranslatable(f"forloop has no {word}", is_error=True)
    return _LOOP[word]


def _form(parts: list[str], scope: Scope) -> str:
    name, rest = parts[0], parts[1:]
    if not rest or rest[0] in _FORM_TEXTS:
        scope.needs_forms |= bool(rest)
        return f"form_fields({name})" if rest else name
    if rest[0] == "media":
        return '""'
    if rest[0] in _FORM:
        return f"{name}.{_FORM[rest[0]]}"
    if rest[0] in ("visible_fields", "hidden_fields"):
        sign = "==" if rest[0] == "hidden_fields" else "!="
        return f'{name}|selectattr("widget.input_type", "{sign}", "hidden")'
    if len(rest) > 1 and rest[0] not in ("instance", "errors"):
        return _of_field(f"{name}.{rest[0]}", rest[1:], scope)
    return _steps(name, rest, scope)


def _field(parts: list[str], scope: Scope) -> str:
    return _of_field(parts[0], parts[1:], scope) if parts[1:] else parts[0]


def _of_field(field: str, rest: list[str], scope: Scope) -> str:
    if rest[0] == "is_hidden":
        return f'({field}.widget.input_type == "hidden")'
    if rest == ["field", "required"]:
        return f"{field}.flags.required"
    if rest[0] not in _FIELD:
        raise Untranslatable(f"a field of WTForms has no {'.'.join(rest)}", "forms.md")
    return _steps(f"{field}.{_FIELD[rest[0]]}", rest[1:], scope)


def _message(parts: list[str], scope: Scope) -> str:
    is_category = parts[-1] in ("tags", "level_tag") and len(parts) > 1
    if parts[1:] not in ([], ["tags"], ["level_tag"], ["message"]):
        raise Untranslatable("a message has a category and a text")
    return "category" if is_category else parts[0]


def _messages(parts: list[str], scope: Scope) -> str:
    return _steps("get_flashed_messages(with_categories=true)", parts[1:], scope)


_KINDS = {
    "form": _form,
    "field": _field,
    "message": _message,
    "messages": _messages,
}

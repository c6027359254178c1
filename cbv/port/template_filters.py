"""Which filter of Jinja says what a filter of Django's says.

``{x}`` is the value, ``{a}`` the argument. Names that Jinja has not are those of
:mod:`cbv.port.shipped`, which comes with the ported application.
"""

from __future__ import annotations

from .notes import Untranslatable

_SAME = [
    "add",
    "addslashes",
    "capfirst",
    "center",
    "default_if_none",
    "escapejs",
    "first",
    "floatformat",
    "get_digit",
    "intcomma",
    "iriencode",
    "join",
    "json_script",
    "last",
    "length",
    "linebreaks",
    "linebreaksbr",
    "linenumbers",
    "ljust",
    "lower",
    "make_list",
    "ordinal",
    "pluralize",
    "pprint",
    "random",
    "rjust",
    "safe",
    "slugify",
    "stringformat",
    "time",
    "timesince",
    "timeuntil",
    "truncatechars",
    "truncatewords",
    "truncatechars_html",
    "truncatewords_html",
    "unordered_list",
    "upper",
    "urlencode",
    "yesno",
    "date",
    "apnumber",
]

#: By Django's name: what to write, for a value alone and for one with an argument.
_OTHERS = {
    "count": "{x}|length",
    "crispy": "form_fields({x})",
    "cut": '{x}|replace({a}, "")',
    "default": "{x}|default({a}, true)",
    "dictsort": "{x}|sort(attribute={a}, case_sensitive=true)",
    "dictsortreversed": "{x}|sort(attribute={a}, case_sensitive=true, reverse=true)",
    "divisibleby": "({x} is divisibleby({a}))",
    "escape": "{x}|e",
    "filesizeformat": "{x}|filesize",
    "force_escape": "{x}|forceescape",
    "localize": "{x}",
    "localtime": "{x}",
    "safeseq": '{x}|map("safe")',
    "striptags": "{x}|strip_tags",
    "title": "{x}|title_case",
    "unlocalize": "{x}",
    "urlize": '{x}|urlize(rel="nofollow")',
    "urlizetrunc": '{x}|urlize({a}, rel="nofollow")',
    "utc": "{x}",
    "wordcount": "{x}|count_words",
    "wordwrap": "{x}|wrap_words({a})",
}
#: Filters that Jinja calls without parentheses when Django gives no argument.
FILTERS = {name: "{x}|" + name for name in _SAME} | _OTHERS


def filtered(value: str, name: str, argument: str | None, own: set[str]) -> str:
    """Return a Jinja expression for a value after one filter.

    :param value: the Jinja expression of the value.
    :param argument: the Jinja expression of the argument.
    :param own: filters that the project itself registers.
    :raises Untranslatable: for a filter that nobody knows.
    """
    if name in own or name in _SAME:
        given = "" if argument is None else f"({argument})"
        return f"{value}|{name}{given}"
    if name == "slice":
        return _sliced(value, argument)
    pattern = _OTHERS.get(name)
    if pattern is None or ("{a}" in pattern and argument is None):
        raise Untranslatable(f"the filter {name} is not known", is_error=True)
    return pattern.replace("{x}", value).replace("{a}", argument or "")


def _sliced(value: str, argument: str | None) -> str:
    bounds = (argument or "").strip("\"'")
    if not bounds or not all(c in "-:" or c.isdigit() for c in bounds):
        raise Untranslatable("the bounds of slice are no text of numbers")
    bounds = bounds if ":" in bounds else f":{bounds}"
    return f"({value})[{bounds}]" if "|" in value else f"{value}[{bounds}]"

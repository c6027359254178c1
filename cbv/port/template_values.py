"""Turn the values in a Django template into expressions of Jinja.

A value is a text, a number or a path of names with dots, and filters behind it.
Django: ``django.template.base.FilterExpression`` and ``Variable``.
"""

from __future__ import annotations

import re

from .notes import Untranslatable
from .template_filters import filtered
from .template_paths import is_markup
from .template_paths import path
from .template_scope import Scope

_OPERAND = r"""(?:_\()?(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\)?|[^\s|:'"]+"""
_START = re.compile(_OPERAND)
_FILTER = re.compile(rf"\s*\|\s*(\w+)(?::({_OPERAND}))?")
_NUMBER = re.compile(r"[-+]?\d+(\.\d*)?(e[-+]?\d+)?", re.IGNORECASE)
_CONSTANTS = {"True": "true", "False": "false", "None": "none"}
_DATES = {"DATE": "date", "DATETIME": "date", "TIME": "time"}


def value(text: str, scope: Scope) -> str:
    """Return the Jinja expression for a value with its filters.

    :raises Untranslatable: for a filter nobody knows, or what is no value.
    """
    start = _START.match(text)
    if start is None:
        raise Untranslatable(f"{text!r} is no value", is_error=True)
    result, end = operand(start[0], scope), start.end()
    while end < len(text):
        found = _FILTER.match(text, end)
        if found is None:
            raise Untranslatable(f"{text!r} is no value", is_error=True)
        argument = None if found[2] is None else operand(found[2], scope)
        result = filtered(result, found[1], argument, scope.known.filters)
        scope.needs_forms |= result.startswith("form_fields(")
        end = found.end()
    return result


def shown(text: str, scope: Scope) -> str:
    """Return the Jinja expression for what ``{{ }}`` shows of a value.

    Django shows a date in the format of the settings, and a form's errors as a list.
    """
    result = value(text, scope)
    if "|" in text:
        return result
    last = text.rpartition(".")[2]
    date = scope.known.dates.get(last)
    if date and "." in text:
        return f'{result}|{_DATES[date]}("{date}_FORMAT")'
    if result.endswith((".errors", ".form_errors")):
        return f"{result}|errorlist"
    return result


def operand(text: str, scope: Scope) -> str:
    """Return the Jinja expression for one value without filters."""
    if text.startswith("_("):
        return f"_({_string(text[2:-1])})"
    if text[0] in "\"'":
        literal = _string(text)
        return f"({literal}|safe)" if is_markup(text[1:-1]) else literal
    if _NUMBER.fullmatch(text):
        return text
    return _CONSTANTS.get(text) or path(text, scope)


def unquoted(text: str) -> str | None:
    """Return what a quoted text says; None for anything else."""
    if len(text) > 1 and text[0] in "\"'" and text[-1] == text[0]:
        return text[1:-1].replace(f"\\{text[0]}", text[0]).replace("\\\\", "\\")
    return None


def _string(text: str) -> str:
    """Write a text for Jinja, which knows more escapes than Django."""
    quote, says = text[0], unquoted(text) or ""
    return quote + says.replace("\\", "\\\\").replace(quote, f"\\{quote}") + quote


def condition(words: list[str], scope: Scope) -> str:
    """Return the Jinja expression for the words of ``{% if %}``."""
    result: list[str] = []
    for word in words:
        if word in ("and", "or", "not", "in", "is", "==", "!=", "<", ">", "<=", ">="):
            result.append(word)
            continue
        translated = value(word, scope)
        is_test = result[-1:] == ["is"] or result[-2:] == ["is", "not"]
        if is_test and translated not in ("none", "true", "false"):
            translated = f"sameas({translated})"
        result.append(translated)
    return " ".join(result)

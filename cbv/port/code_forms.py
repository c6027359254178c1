"""Turn the fields of Django's forms into fields of WTForms.

Django: ``django.forms.fields``. ``Meta`` of a model form needs no word: it has Django's
keys, and its widgets are in :data:`WIDGETS`.
"""

from __future__ import annotations

from typing import NamedTuple

import libcst as cst

from .code_context import arguments
from .code_context import call
from .code_context import expression
from .code_context import Here
from .notes import Untranslatable

PAGE = "forms.md"


class Kind(NamedTuple):
    """A field of WTForms, and a validator that it always has."""

    name: str
    home: str = "wtforms"
    validator: str = ""
    validator_home: str = ""


FIELDS = {
    "BooleanField": Kind("BooleanField"),
    "CharField": Kind("StringField"),
    "ChoiceField": Kind("SelectField"),
    "DateField": Kind("DateField"),
    "DateTimeField": Kind("DateTimeLocalField"),
    "DecimalField": Kind("DecimalField"),
    "EmailField": Kind("EmailField", "wtforms", "MailAddress()", "cbv.auth"),
    "FileField": Kind("FileField", "flask_wtf.file"),
    "FloatField": Kind("FloatField"),
    "ImageField": Kind("FileField", "flask_wtf.file"),
    "IntegerField": Kind("IntegerField"),
    "MultipleChoiceField": Kind("SelectMultipleField"),
    "RegexField": Kind("StringField"),
    "SlugField": Kind("StringField"),
    "TimeField": Kind("TimeField"),
    "URLField": Kind("URLField", "wtforms", "URL()", "wtforms.validators"),
}
_TEXTS = {"CharField", "EmailField", "RegexField", "SlugField", "URLField"}
#: By Django's widget: the field that has this widget in WTForms.
_BY_WIDGET = {
    "HiddenInput": "HiddenField",
    "PasswordInput": "PasswordField",
    "RadioSelect": "RadioField",
    "Textarea": "TextAreaField",
}
#: By Django's widget: the one of WTForms.
WIDGETS = {
    "CheckboxInput": "CheckboxInput",
    "DateInput": "DateInput",
    "DateTimeInput": "DateTimeLocalInput",
    "EmailInput": "EmailInput",
    "FileInput": "FileInput",
    "HiddenInput": "HiddenInput",
    "NumberInput": "NumberInput",
    "PasswordInput": "PasswordInput",
    "Select": "Select",
    "TextInput": "TextInput",
    "Textarea": "TextArea",
    "TimeInput": "TimeInput",
    "URLInput": "URLInput",
}
_KNOWN = {
    "choices",
    "decimal_places",
    "help_text",
    "initial",
    "label",
    "max_digits",
    "max_length",
    "max_value",
    "min_length",
    "min_value",
    "regex",
    "required",
    "strip",
    "widget",
}


def kind_of(here: Here, node: cst.Call) -> str:
    """Return Django's name of the field that a call makes, or nothing."""
    name = here.dotted(node.func)
    last = name.rpartition(".")[2]
    if name.startswith("django.forms") and last.endswith("Field"):
        return last
    own = here.project.classes.by_name.get(here.code(node.func).rpartition(".")[2])
    if own is not None and own.kind == "field":
        return own.generic
    return ""


def field(here: Here, name: str, node: cst.Call) -> cst.BaseExpression:
    """Return a field of WTForms for one of Django's.

    :raises Untranslatable: for a field or an argument without a counterpart.
    """
    kind = kind_of(here, node)
    positional, named = arguments(here, node)
    if kind == "RegexField" and positional:
        named["regex"] = positional.pop(0)
    unknown = sorted(named.keys() - _KNOWN) or positional
    if kind not in FIELDS or unknown:
        what = f"{kind}({unknown[0]})" if unknown else kind
        raise Untranslatable(f"WTForms has no {what}", PAGE)
    label = named.get("label") or f'"{name.replace("_", " ").capitalize()}"'
    options = {"description": named.get("help_text"), "default": named.get("initial")}
    options["choices"] = named.get("choices")
    options["validators"] = f"[{', '.join(_validators(here, kind, named))}]"
    if kind in _TEXTS and named.get("strip") != "False":
        options["filters"] = f"[{here.need('cbv.forms', 'stripped')}]"
    options["render_kw"] = _attributes(here, named.get("widget", ""))
    given = {key: code for key, code in options.items() if code and code != "[]"}
    return expression(call(_class(here, kind, node, named), [label], given))


def _class(here: Here, kind: str, node: cst.Call, named: dict[str, str]) -> str:
    if not here.dotted(node.func).startswith("django."):
        return here.code(node.func)
    widget = named.get("widget", "").partition("(")[0].rpartition(".")[2]
    found = FIELDS[kind]
    if widget in _BY_WIDGET:
        return here.need("wtforms", _BY_WIDGET[widget])
    if widget and widget not in WIDGETS:
        raise Untranslatable(f"WTForms has no widget {widget}", PAGE)
    return here.need(found.home, found.name)


def _validators(here: Here, kind: str, named: dict[str, str]) -> list[str]:
    """Return the validators that Django's arguments stand for."""
    if named.get("required") == "False" or (
        kind == "BooleanField" and "required" in named
    ):
        made = [f"{here.need('wtforms.validators', 'Optional')}()"]
        made = [] if kind == "BooleanField" else made
    else:
        made = [f"{here.need('cbv.forms', 'Required')}()"]
    for name, validator in (("length", "Length"), ("value", "NumberRange")):
        limits = {k[:3]: named[k] for k in (f"min_{name}", f"max_{name}") if k in named}
        if limits:
            made.append(call(here.need("wtforms.validators", validator), [], limits))
    if "regex" in named:
        name = here.need("wtforms.validators", "Regexp")
        made.append(call(name, [named["regex"]], {}))
    found = FIELDS[kind]
    if found.validator:
        here.need(found.validator_home, found.validator.removesuffix("()"))
        made.append(found.validator)
    return made


def _attributes(here: Here, widget: str) -> str:
    """Return the HTML attributes that a widget is given."""
    if "(" not in widget:
        return ""
    made = cst.ensure_type(expression(widget), cst.Call)
    positional, named = arguments(here, made)
    if positional or named.keys() - {"attrs"}:
        raise Untranslatable("a widget is given more than attrs", PAGE)
    return named.get("attrs", "")


def widget(here: Here, node: cst.Call) -> cst.BaseExpression:
    """Return a widget of WTForms in the ``widgets`` of a model form."""
    name = WIDGETS.get(here.dotted(node.func).rpartition(".")[2])
    if name is None or node.args:
        raise Untranslatable("a widget of WTForms takes no attrs: use render_kw", PAGE)
    return expression(f"{here.need('wtforms.widgets', name)}()")

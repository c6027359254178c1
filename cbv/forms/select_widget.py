"""The widget that renders the ``<select>`` of a field and its options.

Django: ``django.forms.widgets.Select``.
"""

from __future__ import annotations

import re
from typing import Any

from markupsafe import escape
from markupsafe import Markup
from wtforms.widgets import html_params
from wtforms.widgets import Select as SelectWidget

_SPECIAL = re.compile("[&<>\"']").search


class OptionsSelect(SelectWidget):
    """A widget that renders a ``<select>`` element, its options all in one pass.

    It is faster than WTForms' own widget, which escapes each attribute by itself.
    """

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        """Return the HTML of the element and its options.

        :param kwargs: HTML attributes of the element.
        """
        own = getattr(field, "options_html", None)
        html = options(field) if own is None else own()
        if not html:
            return super().__call__(field, **kwargs)
        kwargs.setdefault("id", field.id)
        if self.multiple:
            kwargs["multiple"] = True
        for name in ("required", "disabled"):
            if name in field.flags:
                kwargs.setdefault(name, getattr(field.flags, name))
        opening = html_params(name=field.name, **kwargs)
        return Markup(f"<select {opening}>{html}</select>")


def options(field: Any) -> str:
    """Return the HTML of a field's options; "" where WTForms' widget must render them.

    It renders groups, and options with attributes of their own.
    """
    choices = [] if field.has_groups() else list(field.iter_choices())
    if any(choice.render_kw for choice in choices):
        return ""
    return "".join(map(option, choices))


def option(choice: Any) -> str:
    """Return the HTML of one ``<option>`` element."""
    selected = " selected" if choice.selected else ""
    value, label = safe(choice.value), safe(choice.label)
    return f'<option value="{value}"{selected}>{label}</option>'


def safe(text: Any) -> Any:
    """Return a text that is safe inside HTML."""
    # Most texts need no escaping; searching them costs less than making a Markup.
    return text if type(text) is str and not _SPECIAL(text) else escape(text)

"""Translate cbv's own texts, such as form errors and flash messages.

WTForms translates its messages itself. Django: ``django.utils.translation``.
"""

from __future__ import annotations

from typing import Any

from flask import current_app

try:
    from flask_babel import gettext as babel_gettext
except ImportError:  # then no application has "babel" among its extensions either
    babel_gettext = str


def gettext(text: str, **values: Any) -> str:
    """Return one of cbv's texts in the language of this request.

    Calls the ``gettext`` method of the application's :class:`cbv.CBV`, which may be
    overridden. By default it uses Flask-Babel, if the application has it.

    :param text: the English text.
    :param values: the values for each ``%(name)s``, filled in after the translation.

    Since 0.1. Django: ``django.utils.translation.gettext``.
    """
    installed = current_app.extensions.get("cbv") if current_app else None
    if installed is not None:
        text = installed.gettext(text)
    return text % values if values else text


def translated(text: str) -> str:
    """Return a text translated by Flask-Babel, or unchanged if the app has no Babel."""
    return str(babel_gettext(text)) if "babel" in current_app.extensions else text

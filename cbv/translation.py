"""The one place where cbv's own texts are translated.

Django: ``django.utils.translation``. WTForms translates its messages itself.
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

    Asks the ``gettext`` method of the installed :class:`cbv.CBV`, which an application
    overrides to translate; by default Flask-Babel's where the application has it.

    :param values: what ``%(name)s`` in the text stands for; filled in afterwards.

    Since 0.1. Django: ``django.utils.translation.gettext``.
    """
    installed = current_app.extensions.get("cbv") if current_app else None
    if installed is not None:
        text = installed.gettext(text)
    return text % values if values else text


def translated(text: str) -> str:
    """Return Flask-Babel's translation of a text where the application has it."""
    return str(babel_gettext(text)) if "babel" in current_app.extensions else text

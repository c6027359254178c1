"""Say in a form why it was not saved, and tell an answer that would say it was.

Django has no counterpart: what the database refuses is a 500 there.
"""

from __future__ import annotations

import logging
from typing import Any

from ..db import writing
from ..forms.filling import RefusedValue
from ..forms.validators import add_error
from ..translation import gettext

logger = logging.getLogger("cbv")

BUSY = "This could not be saved just now: the database is busy. Please try again."


def explain(view: Any, form: Any, error: Exception) -> None:
    """Add an error to a form that says why it was not saved, and log what was said.

    :param view: the form view, which words it unless the database was busy.
    :param error: what was raised; the reasons of a RefusedValue stand on the fields.
    """
    if isinstance(error, RefusedValue):
        return
    logger.warning("%s: the database refused to save", type(view).__name__)
    # At level debug only: the error holds the values of the row.
    logger.debug("what it said", exc_info=error)
    if writing.is_busy(error):
        add_error(form, None, gettext(BUSY))
    else:
        view._explain(form)


def leads_away(answer: Any) -> bool:
    """Tell whether an answer is a redirect, for a browser or for htmx."""
    headers = getattr(answer, "headers", ())
    return 300 <= getattr(answer, "status_code", 200) < 400 or "HX-Redirect" in headers

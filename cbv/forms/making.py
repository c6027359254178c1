"""Make the form of a request: from any form class, for any object.

Django: ``FormMixin.get_form``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .initial import read_texts
from .submission import for_submission
from .submission import with_initial
from .versions import carry
from .versions import form_class_for


def made_form(form_class: Any, kwargs: Mapping[str, Any], edited: Any) -> Any:
    """Return a form with the submitted and the initial values of a request.

    :param form_class: any WTForms form class.
    :param kwargs: the keywords of that class; ``data`` has the initial values, which
        are stronger than those of ``obj``.
    :param edited: the object that the form edits or deletes, None for a new one.
    """
    keywords = with_initial(dict(kwargs))
    form_class = form_class_for(for_submission(form_class, keywords), edited)
    form = form_class(**keywords)
    read_texts(form, kwargs.get("data") or ())
    carry(form, edited)
    return form

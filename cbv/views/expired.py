"""Show a form again whose CSRF token has expired, so that nothing typed is lost.

The token is that of this session, but older than ``WTF_CSRF_TIME_LIMIT``: the user left
the page open for too long. Nothing is validated or saved.

Django has no counterpart: its tokens live as long as the cookie.
"""

from __future__ import annotations

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from ..exceptions import ImproperlyConfigured
from ..forms import csrf
from ..translation import gettext
from .plan import is_overridden


def note_expired(view: Any, error: csrf.TokenExpired) -> None:
    """Have a form view show its form again instead of handling this request.

    :param error: raised again for other views, for those without a template, and where
        the application's own code would run before the form is shown, as in an
        overridden ``post()``.
    """
    handler = view._plan.handlers.get(request.method)
    hooks = ("dispatch_request", "post", handler or "post")
    if not hasattr(view, "get_form") or any(is_overridden(view, h) for h in hooks):
        raise error
    try:
        view.get_template_names()
    except ImproperlyConfigured:  # a view that is posted to, and shows no page
        raise error from None
    view._expired = gettext("This page was open for too long. Please send it again.")


def shown_again(view: Any, form: Any) -> ResponseReturnValue:
    """Return the page (400) with the values that were typed, the reason, a new token.

    :param form: the view's form or formset, with the submitted values.
    """
    form.form_errors = [view._expired]
    context = view.get_context_data(**{view._form_name: form})
    answer: ResponseReturnValue = view.render_to_response(context, status=400)
    return answer

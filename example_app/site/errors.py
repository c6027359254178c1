"""Error pages in the layout of the site. None of them repeats the path.

Django twin: ``handler400`` to ``handler500`` and the templates ``404.html`` …
"""

from __future__ import annotations

from flask import current_app
from flask import Flask
from flask import render_template
from flask.typing import ResponseReturnValue
from redis import RedisError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import SecurityError
from werkzeug.exceptions import ServiceUnavailable
from werkzeug.wrappers import Response

from .security import in_production

#: What is raised when the database, or Redis with the sessions, cannot be reached.
AWAY = (OperationalError, RedisError)

#: What to tell a reader, by status. The others get the name of the status alone.
WORDS = {
    400: "The site could not understand what your browser sent. If you were filling in"
    " a form, go back, reload the page and send it again.",
    403: "You may not do that.",
    404: "There is no such page. It may have been deleted, or the address is wrong.",
    405: "This page cannot be asked for in that way.",
    409: "Someone else changed this in the meantime, or something still needs it.",
    413: "That is more than this site takes at once.",
    429: "You have tried that too often. Please wait a moment, and try again then.",
    500: "Something went wrong on our side, and it has been noted. Please try again"
    " later.",
    503: "The site is not available just now. Please try again in a moment.",
}


def init_app(app: Flask) -> None:
    """Give the app its error pages."""
    app.register_error_handler(HTTPException, show)
    if in_production(app):
        for fault in AWAY:
            app.register_error_handler(fault, service_is_away)


def show(error: HTTPException) -> ResponseReturnValue:
    """Answer with the page for an error; its own headers (Allow …) are kept."""
    if error.response is not None:
        return error
    if isinstance(error, SecurityError):
        # Without a host that is trusted no address can be made, so no layout either.
        return _filled(error.get_response(), f"<!doctype html><h1>{error.name}</h1>")
    fault = getattr(error, "original_exception", None)
    if isinstance(fault, AWAY):  # met before any handler could be asked: the session's
        return service_is_away(fault)
    response = error.get_response()
    status = response.status_code
    if status < 400:
        return error
    page = render_template(
        "error.html", status=status, name=error.name, words=WORDS.get(status, "")
    )
    return _filled(response, page)


def service_is_away(error: Exception) -> ResponseReturnValue:
    """Answer 503 when a server of ours does not answer; say when to come again."""
    current_app.logger.error("The database or Redis does not answer.", exc_info=error)
    return show(ServiceUnavailable(retry_after=5))


def _filled(response: Response, page: str) -> Response:
    response.set_data(page)
    response.content_type = "text/html; charset=utf-8"
    return response

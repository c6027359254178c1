"""Functions that run after the response was sent, such as sending a mail.

The visitor does not wait for them, and cannot learn from the time of this response or
the next one whether there was anything to do (which would tell whether an account
exists).

Werkzeug: ``Response.call_on_close``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache
from uuid import uuid4

from flask import after_this_request
from flask import current_app
from flask import Flask
from flask import has_request_context
from flask import request
from flask import Response

from ..db import unit
from ..tasks.job import Job
from ..tasks.memory import ImmediateBackend
from ..tasks.request_copy import RequestCopy
from ..tasks.results import TaskResult
from ..tasks.threads import ThreadBackend

logger = logging.getLogger("cbv")

#: The key of the environ by which :class:`cbv.testing.Client` has the functions called
#: in its own thread, so that they have ended when it has closed the response.
AT_ONCE = "cbv.after_response_at_once"
#: The key in ``app.extensions`` of the threads that call the functions.
_THREADS = "cbv.after_response"


def after_response(function: Callable[[], None]) -> None:
    """Call a function after this request's transaction and after its response was sent.

    A thread calls it, as it would call a task that takes a request context: in a copy
    of the request (without its body) and with a database session of its own, which is
    committed at the end. An error is logged. After a rollback the function is not
    called; outside a request it is called at once.

    At most ``CBV_TASKS_MAX_THREADS`` functions run at the same time, in other threads
    than the tasks. A process that ends gives them ``CBV_TASKS_GRACE_TIME`` seconds.

    :param function: takes no argument and returns None.

    Since 0.1. Werkzeug: ``Response.call_on_close``.
    """
    if not has_request_context():
        return function()
    path = f"{function.__module__}.{function.__qualname__}"
    copied = RequestCopy(path, has_body=False)  # many may wait for a thread
    job = Job(str(uuid4()), path, function, (), {}, request=copied)
    runner = _runner()

    @cache  # a response may be closed more than once
    def start() -> None:
        try:
            runner.start(job, TaskResult(job.id))
        except RuntimeError:  # not in this thread: its time would tell
            logger.exception("%s could not be called after the response", path)

    def attach(response: Response) -> Response:
        response.call_on_close(start)
        return response

    unit.on_commit(lambda: after_this_request(attach))
    return None


def _runner() -> ImmediateBackend | ThreadBackend:
    """Return what calls the functions of this request."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    if AT_ONCE in request.environ:
        return ImmediateBackend(app)
    # Not the backend of the tasks: neither may keep the other from its threads, nor
    # drop the other's results.
    if _THREADS not in app.extensions:
        app.extensions.setdefault(_THREADS, ThreadBackend(app))
    threads: ThreadBackend = app.extensions[_THREADS]
    return threads

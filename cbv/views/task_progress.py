"""TaskProgressView: a page that shows the progress of a task and updates itself.

Django has no counterpart. Tasks are defined and run in :mod:`cbv.tasks`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from threading import Lock
from time import monotonic
from typing import Any

from flask import abort
from flask import current_app
from flask import jsonify
from flask import make_response
from flask import request
from flask import Response
from flask.typing import ResponseReturnValue

from ..tasks.backends import get_result
from ..tasks.results import TaskResult
from ..tasks.results import TaskResultDoesNotExist
from .base import TemplateView

#: How many event streams one process sends at the same time, unless the application
#: sets ``CBV_SERVER_THREADS``. Each one occupies a thread of the server, and a server
#: with threads has at least two.
MAX_STREAMS = 1

#: One object for each event stream that is being sent.
_open_streams: set[object] = set()
_lock = Lock()

#: The content type of server-sent events.
EVENTS = "text/event-stream"


class TaskProgressView(TemplateView):
    """Show the progress of the task whose id is in the URL.

    ``path("jobs/<task_id>/", TaskProgressView, name="job")``. The page has a progress
    bar. Its script updates the bar by server-sent events, or by requesting the same URL
    as JSON when too many event streams are open. Without JavaScript, a link on the page
    loads it again. Everybody who knows the id of a task can see its progress: add an
    access mixin to restrict that.

    Each stream occupies a thread of the server. Set ``CBV_SERVER_THREADS`` to the
    number of threads of one process: one of them is always left free. Without the
    setting a process sends one stream at a time.

    Context: ``task_result``, a :class:`cbv.tasks.TaskResult`.

    Since 0.1.
    """

    template_name = "cbv/task_progress.html"
    #: The name of the URL value with the id of the task.
    task_url_kwarg: str = "task_id"
    #: The number of seconds between two updates.
    poll_seconds: float = 1.0
    #: The number of seconds after which an event stream ends; the browser then opens
    #: another one.
    stream_seconds: float = 30.0

    def get(self, **kwargs: Any) -> ResponseReturnValue:
        """Answer GET with the page, with JSON or with events, by the Accept header.

        Since 0.1.
        """
        result = self.get_task_result()
        offered = ["text/html", "application/json", EVENTS]
        content_type = request.accept_mimetypes.best_match(offered)
        if content_type == EVENTS:
            response = self._stream(result)
        elif content_type == "application/json":
            response = jsonify(self.get_progress_data(result))
        else:
            context = self.get_context_data(task_result=result)
            response = make_response(self.render_to_response(context))
        response.headers["Cache-Control"] = "no-store"
        response.vary.add("Accept")
        return response

    def get_task_result(self) -> TaskResult[Any]:
        """Return the result of the task that the URL names.

        Override it to check whether the task belongs to the current user.

        :raises werkzeug.exceptions.NotFound: for an id without a stored result.

        Since 0.1.
        """
        try:
            return get_result(str(self.kwargs.get(self.task_url_kwarg)))
        except TaskResultDoesNotExist:
            abort(404, description="There is no such task, or no longer")

    def get_progress_data(self, result: TaskResult[Any]) -> dict[str, Any]:
        """Return the values to send as JSON and as events.

        The errors of the task are left out: they may tell secrets of the application.

        Since 0.1.
        """
        return {
            "status": result.status,
            "progress": result.progress,
            "is_finished": result.is_finished,
        }

    def _stream(self, result: TaskResult[Any]) -> Response:
        """Return a stream of events, or a 503 when the server has no thread for it."""
        stream = object()
        if not request.is_multithread or not _takes_thread(stream):
            return Response("No thread to spare for events", 503)
        events = self._events(result, stream)
        response = Response(events, content_type=EVENTS)
        response.headers["X-Accel-Buffering"] = "no"  # nginx would delay the events
        # A client may leave before the generator starts; then its finally never runs.
        response.call_on_close(lambda: _open_streams.discard(stream))
        return response

    def _events(self, result: TaskResult[Any], stream: object) -> Iterator[str]:
        """Yield an event for each update until the task or the time has ended."""
        end = monotonic() + self.stream_seconds
        try:
            while True:
                yield f"data: {json.dumps(self.get_progress_data(result))}\n\n"
                if result.is_finished or monotonic() > end:
                    return
                result.wait(self.poll_seconds)
        finally:
            _open_streams.discard(stream)


def _takes_thread(stream: object) -> bool:
    """Count a stream as open, unless it would occupy the last thread of the server."""
    threads = current_app.config.get("CBV_SERVER_THREADS", MAX_STREAMS + 1)
    with _lock:  # two streams that open at the same moment must not be counted as one
        if len(_open_streams) >= threads - 1:
            return False
        _open_streams.add(stream)
    return True

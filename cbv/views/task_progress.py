"""TaskProgressView: how far a task has come, on a page that keeps itself up to date.

Django has none; what a task does is in :mod:`cbv.tasks`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from time import monotonic
from typing import Any

from flask import abort
from flask import jsonify
from flask import make_response
from flask import request
from flask import Response
from flask.typing import ResponseReturnValue

from ..tasks.backends import get_result
from ..tasks.results import TaskResult
from ..tasks.results import TaskResultDoesNotExist
from .base import TemplateView

#: Each holds a thread of the server; who comes later asks again and again instead.
MAX_STREAMS = 4

_open: set[object] = set()

EVENTS = "text/event-stream"


class TaskProgressView(TemplateView):
    """Show the progress of the task whose id is in the address.

    ``path("jobs/<task_id>/", TaskProgressView, name="job")``. The page has a progress
    bar; its script follows the task by server-sent events where the server has threads
    to spare, else by asking for the same address as JSON. Without scripts a link looks
    again. Whoever knows the id may look: mix in a guard to ask for more.

    Since 0.1.
    """

    template_name = "cbv/task_progress.html"
    #: The URL value with the task's id.
    task_url_kwarg: str = "task_id"
    #: How many seconds lie between two looks at the task.
    poll_seconds: float = 1.0
    #: After so many seconds a stream of events ends; the browser opens another one.
    stream_seconds: float = 30.0

    def get(self, **kwargs: Any) -> ResponseReturnValue:
        """Answer with the page, or with JSON or events where those are asked for."""
        result = self.get_task_result()
        offered = ["text/html", "application/json", EVENTS]
        wanted = request.accept_mimetypes.best_match(offered)
        if wanted == EVENTS:
            response = self._stream(result)
        elif wanted == "application/json":
            response = jsonify(self.get_progress_data(result))
        else:
            context = self.get_context_data(task_result=result)
            response = make_response(self.render_to_response(context))
        response.headers["Cache-Control"] = "no-store"
        response.vary.add("Accept")
        return response

    def get_task_result(self) -> TaskResult[Any]:
        """Return the result of the task, or abort with 404.

        Override it to ask whose task it is.

        Since 0.1.
        """
        try:
            return get_result(str(self.kwargs.get(self.task_url_kwarg)))
        except TaskResultDoesNotExist:
            abort(404, description="There is no such task, or no longer")

    def get_progress_data(self, result: TaskResult[Any]) -> dict[str, Any]:
        """Return what is sent as JSON and as events; the errors of a task are not.

        Since 0.1.
        """
        return {
            "status": result.status,
            "progress": result.progress,
            "is_finished": result.is_finished,
        }

    def _stream(self, result: TaskResult[Any]) -> Response:
        if not request.is_multithread or len(_open) >= MAX_STREAMS:
            return Response("No thread to spare for events", 503)
        stream = object()
        _open.add(stream)
        events = self._events(result, stream)
        response = Response(events, content_type=EVENTS)
        response.headers["X-Accel-Buffering"] = "no"  # nginx would keep them back
        response.call_on_close(lambda: _open.discard(stream))  # read or not
        return response

    def _events(self, result: TaskResult[Any], stream: object) -> Iterator[str]:
        end = monotonic() + self.stream_seconds
        try:
            while True:
                yield f"data: {json.dumps(self.get_progress_data(result))}\n\n"
                if result.is_finished or monotonic() > end:
                    return
                result.wait(self.poll_seconds)
        finally:
            _open.discard(stream)

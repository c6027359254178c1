"""What it costs to come to a handler: a cbv view beside a plain function.

``python benchmarks/dispatch.py [--rounds 41]`` calls view functions in a request
context, by turns, and prints what each takes beyond the plain function: the best of the
rounds, in microseconds, which are this machine's. Then the same for a whole request.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Callable
from typing import Any

from flask import Flask
from flask.views import MethodView
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker
from werkzeug.test import EnvironBuilder
from werkzeug.test import run_wsgi_app

from cbv import CBV
from cbv import TemplateView
from cbv import View


def function(**url_values: Any) -> str:
    """Answer as a plain function."""
    return "Hello"


class Method(MethodView):
    """Answer as Flask's own class-based view."""

    def get(self, **url_values: Any) -> str:
        """Answer GET."""
        return "Hello"


class Plain(View):
    """Answer as a cbv view."""

    def get(self, **url_values: Any) -> str:
        """Answer GET."""
        return "Hello"


class Chain(TemplateView):
    """Answer through the whole chain of hooks, but for the template."""

    def render_to_response(self, context: Any, **response_kwargs: Any) -> Any:
        """Return what a template would."""
        return "Hello"


VIEWS: dict[str, Callable[..., Any]] = {
    "function": function,
    "MethodView": Method.as_view("method"),
    "cbv.View": Plain.as_view(),
    "chain": Chain.as_view(),
}


def best(calls: dict[str, Callable[[], Any]], times: int, rounds: int) -> None:
    """Print the least time of each call beyond the first one's."""
    found = dict.fromkeys(calls, float("inf"))
    for _ in range(rounds):
        gc.collect()
        for name, call in calls.items():
            start = time.process_time()
            for _ in range(times):
                call()
            took = (time.process_time() - start) / times * 1_000_000
            found[name] = min(found[name], took)
    for name in list(calls)[1:]:
        print(f"  {name:12}{found[name] - found['function']:+6.1f} µs")


def main() -> None:
    """Measure the view functions, then whole requests."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=41)
    options = parser.parse_args()
    app = Flask("dispatch", template_folder=None)
    app.secret_key = "dispatch"
    CBV(app, session=sessionmaker(create_engine("sqlite://")))
    for name, view in VIEWS.items():
        app.add_url_rule(f"/{name}", name, view)
    print("view function beyond a plain function")
    with app.test_request_context("/"):
        best(VIEWS, 2_000, options.rounds)

    def request(name: str) -> Callable[[], Any]:
        environ = EnvironBuilder(f"/{name}").get_environ()
        return lambda: run_wsgi_app(app, dict(environ))

    print("whole request beyond that of a plain function")
    best({name: request(name) for name in VIEWS}, 300, options.rounds)


if __name__ == "__main__":
    main()

"""Compare cbv with function views written by hand: ratios, never absolute times.

``python benchmarks/run.py [--rows 100000] [--rounds 15] [S3 S6 …]`` interleaves both
contenders in one process on one database, checks that they answer alike, and prints the
median of the ratios of processor time beside the guard and the goal.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import tempfile
import time
from collections.abc import Callable
from typing import Any

from flask import Flask
from flask import session as cookie
from flask_login import login_user
from sqlalchemy import event
from sqlalchemy.orm import sessionmaker
from werkzeug.test import EnvironBuilder
from werkzeug.test import run_wsgi_app

import by_class
import by_hand
from shop import make_engine
from shop import User

VALID = {"title": "New", "pages": "3", "publisher_id": "7"}
INVALID = {"title": "", "pages": "x", "publisher_id": "7"}
#: Name: path, form, guard, goal.
SCENARIOS: dict[str, tuple[str, dict[str, str] | None, float, float]] = {
    "S1": ("/hello", None, 1.10, 1.03),
    "S2": ("/template", None, 1.05, 0.85),
    "S3": ("/books", None, 1.00, 0.68),
    "S4": ("/books?page=2000", None, 0.20, 0.05),
    "S5": ("/keyset", None, 0.90, 0.75),
    "S6": ("/book/4711", None, 1.00, 0.75),
    "S7": ("/slug/book-4711", None, 1.00, 0.75),
    "S8": ("/new", None, 0.90, 0.60),
    "S9": ("/new", INVALID, 0.90, 0.68),
    "S10": ("/new", VALID, 1.00, 0.84),
    "S11": ("/mine", None, 1.05, 0.97),
    "S12": ("/year/1995", None, 0.75, 0.42),
    "S13": ("/redirect/5", None, 1.10, 1.03),
}


class Contender:
    """One application, called at WSGI level."""

    def __init__(self, app: Flask, count: list[int]) -> None:
        self.app, self.count, self.cookie = app, count, ""

    def log_in(self, maker: Any) -> None:
        """Keep the session cookie of a user who is logged in."""
        with self.app.test_request_context():
            login_user(maker().get(User, 1))
            values = dict(cookie)
        serializer = self.app.session_interface.get_signing_serializer(self.app)
        self.cookie = f"session={serializer.dumps(values)}"

    def caller(self, path: str, data: dict[str, str] | None) -> Callable[[], Any]:
        """Return a function that makes one request and returns status and body."""
        method = "GET" if data is None else "POST"
        headers = {"Cookie": self.cookie} if path == "/mine" else {}
        builder = EnvironBuilder(path=path, method=method, data=data, headers=headers)
        environ = builder.get_environ()
        body = environ["wsgi.input"].read()

        def call() -> tuple[str, bytes]:
            fresh = dict(environ)
            fresh["wsgi.input"] = type(environ["wsgi.input"])(body)
            parts, status, _ = run_wsgi_app(self.app, fresh)
            return status, b"".join(parts)

        return call


def batch_time(call: Callable[[], Any], times: int) -> float:
    """Return the processor time of so many calls, in seconds."""
    start = time.process_time()
    for _ in range(times):
        call()
    return time.process_time() - start


def ratio(ours: Callable[[], Any], theirs: Callable[[], Any], rounds: int) -> float:
    """Return the median, over the rounds, of our time to theirs."""
    batch_time(ours, 20)
    batch_time(theirs, 20)
    times = max(5, int(0.05 / (batch_time(theirs, 20) / 20)))
    found = []
    for _ in range(rounds):
        gc.collect()
        found.append(batch_time(ours, times) / batch_time(theirs, times))
    return statistics.median(found)


def main() -> None:
    """Measure the scenarios that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=list(SCENARIOS))
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"{folder}/shop.db", options.rows)
        count = [0]

        @event.listens_for(engine, "before_cursor_execute")
        def counted(*args: Any) -> None:
            count[0] += 1

        maker = sessionmaker(engine)
        ours = Contender(by_class.create_app(maker), count)
        theirs = Contender(by_hand.create_app(maker), count)
        for contender in (ours, theirs):
            contender.log_in(maker)
        print("scenario  statements  cbv/by hand  guard  goal")
        for name in options.names:
            path, data, guard, goal = SCENARIOS[name]
            mine, other = ours.caller(path, data), theirs.caller(path, data)
            mine(), other()
            count[0] = 0
            answer, (status, _) = mine(), other()
            statements = count[0]
            count[0] = 0
            mine()
            statements = count[0]
            if answer[0] != status:
                print(f"{name}: {answer[0]} instead of {status}")
                continue
            found = ratio(mine, other, options.rounds)
            print(f"{name:8}  {statements:10}  {found:11.2f}  {guard:5.2f}  {goal:4.2f}")
        engine.dispose()


if __name__ == "__main__":
    main()

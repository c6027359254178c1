"""Compare cbv with function views written by hand: ratios, never absolute times.

``python benchmarks/run.py [--rows 100000] [--rounds 25] [S3 S6 …]`` drives both
contenders in one process on one database, by turns. First it checks that their answers
say the same; then it prints the median of the ratios of processor time beside the guard
and the goal, and which ones are above their guard.
"""

from __future__ import annotations

import argparse
import gc
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any
from typing import NamedTuple

from flask import Flask
from flask import session as cookie
from flask_login import login_user
from sqlalchemy import event
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm import sessionmaker
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder
from werkzeug.test import run_wsgi_app

import by_class
import by_hand
from said import said
from shop import Book
from shop import make_engine
from shop import PER_PAGE
from shop import User

Form = dict[str, str]

VALID = {"title": "New", "pages": "3", "publisher_id": "7"}
INVALID = {"title": "", "pages": "x", "publisher_id": "7"}
#: How deep S4 and S5 look; less in a smaller table.
DEEP = 2_000


class Scenario(NamedTuple):
    """A request, and how its ratio should be."""

    path: str
    guard: float
    goal: float
    form: Form | None = None


SCENARIOS = {
    "S1": Scenario("/hello", 1.10, 1.03),
    "S2": Scenario("/template", 1.05, 0.85),
    "S3": Scenario("/books", 1.00, 0.68),
    "S3s": Scenario("/scoped/books", 1.00, 0.68),
    "S4": Scenario("/books?page={page}", 0.20, 0.05),
    "S5": Scenario("/keyset?after={token}", 0.90, 0.75),
    "S6": Scenario("/book/4711", 1.00, 0.75),
    "S6s": Scenario("/scoped/book/4711", 1.00, 0.75),
    "S7": Scenario("/slug/book-4711", 1.00, 0.75),
    "S8": Scenario("/new", 0.90, 0.60),
    "S9": Scenario("/new", 0.90, 0.68, INVALID),
    "S10": Scenario("/new", 1.00, 0.84, VALID),
    "S11": Scenario("/mine", 1.05, 0.97),
    "S12": Scenario("/year/1995", 0.75, 0.42),
    "S13": Scenario("/redirect/5", 1.10, 1.03),
}


class Contender:
    """One application, called at WSGI level."""

    def __init__(self, module: ModuleType, maker: sessionmaker[Session]) -> None:
        self.app: Flask = module.create_app(maker)
        with maker() as session, self.app.test_request_context():
            rows = len(session.scalars(select(Book.id)).all())
            page = min(DEEP, rows // 2 // PER_PAGE)
            ordered = select(Book).order_by(Book.title, Book.id)
            last = session.scalars(ordered.offset(page * PER_PAGE - 1).limit(1)).one()
            self.places = {"page": page, "token": module.token_after(self.app, last)}
            login_user(session.get(User, 1))
            values = dict(cookie)
        serializer: Any = self.app.session_interface.get_signing_serializer(self.app)  # type: ignore[attr-defined]
        self.cookie = f"session={serializer.dumps(values)}"

    def caller(self, scenario: Scenario) -> Callable[[], tuple[str, Headers, bytes]]:
        """Return a function that makes one request: status, headers, body."""
        path = scenario.path.format(**self.places)
        method = "GET" if scenario.form is None else "POST"
        headers = {"Cookie": self.cookie} if path == "/mine" else {}
        builder = EnvironBuilder(
            path, method=method, data=scenario.form, headers=headers
        )
        environ = builder.get_environ()
        stream = type(environ["wsgi.input"])
        sent = environ["wsgi.input"].read()

        def call() -> tuple[str, Headers, bytes]:
            fresh = {**environ, "wsgi.input": stream(sent)}
            parts, status, headers = run_wsgi_app(self.app, fresh)
            return status, headers, b"".join(parts)

        return call


def differences(ours: Callable[[], Any], theirs: Callable[[], Any]) -> list[str]:
    """Return where two answers do not say the same."""
    answers = [
        said(status, headers.get("Location"), body)
        for status, headers, body in (ours(), theirs())
    ]
    if len(answers[0]) != len(answers[1]):
        return [f"{len(answers[0])} things said, not {len(answers[1])}"]
    pairs = zip(*answers, strict=True)
    return [f"{one!r}, not {other!r}" for one, other in pairs if one != other]


def batch_time(call: Callable[[], Any], times: int) -> float:
    """Return the processor time of so many calls, in seconds."""
    start = time.process_time()
    for _ in range(times):
        call()
    return time.process_time() - start


def ratio(ours: Callable[[], Any], theirs: Callable[[], Any], rounds: int) -> float:
    """Return the median, over the rounds, of our time to theirs.

    A round is five short batches of each, by turns: what else runs on the machine meets
    both alike.
    """
    batch_time(ours, 20)
    batch_time(theirs, 20)
    times = max(2, int(0.01 / (batch_time(theirs, 20) / 20)))
    found = []
    for _ in range(rounds):
        gc.collect()
        mine = other = 0.0
        for _ in range(5):
            mine += batch_time(ours, times)
            other += batch_time(theirs, times)
        found.append(mine / other)
    return statistics.median(found)


def measure(name: str, pair: list[Contender], count: list[int], rounds: int) -> bool:
    """Print the line of a scenario; tell whether it keeps its guard."""
    scenario = SCENARIOS[name]
    ours, theirs = (contender.caller(scenario) for contender in pair)
    ours()  # once before: what is prepared is prepared now
    found = differences(ours, theirs)
    if found:
        print(f"{name:8}  says something else: {'; '.join(found[:3])}")
        return False
    count[0] = 0
    ours()
    statements = count[0]
    got = ratio(ours, theirs, rounds)
    mark = "" if got <= scenario.guard else "  above its guard"
    print(
        f"{name:8}  {statements:10}  {got:11.2f}  {scenario.guard:5.2f}"
        f"  {scenario.goal:4.2f}{mark}",
        flush=True,
    )
    return not mark


def main() -> None:
    """Measure the scenarios that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=list(SCENARIOS))
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=25)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"{folder}/shop.db", options.rows)
        count = [0]

        @event.listens_for(engine, "before_cursor_execute")
        def counted(*args: Any) -> None:
            count[0] += 1

        maker = sessionmaker(engine)
        pair = [Contender(by_class, maker), Contender(by_hand, maker)]
        print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        print("scenario  statements  cbv/by hand  guard  goal")
        kept = [measure(n, pair, count, options.rounds) for n in options.names]
        print(f"load {os.getloadavg()[0]:.1f}; {kept.count(True)} of {len(kept)} kept")
        engine.dispose()


if __name__ == "__main__":
    main()

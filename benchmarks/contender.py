"""One application in a process of its own, driven at WSGI level by :mod:`run`.

Neither contender pays for what the other one imports.
"""

from __future__ import annotations

import gc
import importlib
import time
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any
from typing import NamedTuple

from flask import Flask
from flask import session as cookie
from flask_login import login_user
from sqlalchemy import create_engine
from sqlalchemy import event
from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy.orm import sessionmaker
from werkzeug.test import EnvironBuilder
from werkzeug.test import run_wsgi_app

from said import said
from shop import Book
from shop import make_database
from shop import PER_PAGE

#: How deep the deep pages are; less in a smaller table.
DEEP = 2_000


class Request(NamedTuple):
    """What is asked: a path (``{page}`` and ``{token}`` are deep), perhaps a form."""

    path: str
    form: tuple[tuple[str, str], ...] | None = None


class Contender:
    """The application of a module, called at WSGI level.

    :param rows: how many books to fill the database with; 0 for one that is filled.
    """

    def __init__(self, name: str, database: str, rows: int = 0) -> None:
        module = importlib.import_module(name)
        if rows:
            make_database(database, rows, module.User)
        engine = create_engine(database)
        maker = sessionmaker(engine)
        self.count = 0
        self.calls: dict[Request, Callable[[], tuple[str, Any, bytes]]] = {}
        self.app: Flask = module.create_app(maker)
        event.listen(engine, "before_cursor_execute", self._counted)
        with maker() as session, self.app.test_request_context():
            count = session.scalar(select(func.count()).select_from(Book)) or 0
            page = min(DEEP, count // 2 // PER_PAGE)
            ordered = select(Book).order_by(Book.title, Book.id)
            last = session.scalars(ordered.offset(page * PER_PAGE - 1).limit(1)).one()
            self.places = {"page": page, "token": module.token_after(self.app, last)}
            login_user(session.get(module.User, 1))
            values = dict(cookie)
        serializer: Any = self.app.session_interface.get_signing_serializer(self.app)  # type: ignore[attr-defined]
        self.cookie = f"session={serializer.dumps(values)}"

    def _counted(self, *args: Any) -> None:
        self.count += 1

    def answer(self, request: Request) -> tuple[list[object], int]:
        """Return what the answer says, and how many statements it took."""
        call = self._call(request)
        call()  # once before: what is prepared is prepared now
        self.count = 0
        status, headers, body = call()
        return said(status, headers.get("Location"), body), self.count

    def time(self, request: Request, times: int) -> float:
        """Return the processor time of so many requests, in seconds."""
        call = self._call(request)
        start = time.process_time()
        for _ in range(times):
            call()
        return time.process_time() - start

    def collect(self) -> None:
        """Collect garbage now, not while something is measured."""
        gc.collect()

    def _call(self, request: Request) -> Callable[[], tuple[str, Any, bytes]]:
        if request not in self.calls:
            self.calls[request] = self._caller(request)
        return self.calls[request]

    def _caller(self, request: Request) -> Callable[[], tuple[str, Any, bytes]]:
        path = request.path.format(**self.places)
        form = None if request.form is None else dict(request.form)
        method = "GET" if form is None else "POST"
        headers = {"Cookie": self.cookie} if path == "/mine" else {}
        builder = EnvironBuilder(path, method=method, data=form, headers=headers)
        environ = builder.get_environ()
        stream = type(environ["wsgi.input"])
        sent = environ["wsgi.input"].read()

        def call() -> tuple[str, Any, bytes]:
            fresh = {**environ, "wsgi.input": stream(sent)}
            parts, status, headers = run_wsgi_app(self.app, fresh)
            return status, headers, b"".join(parts)

        return call


class Remote:
    """A contender in a process of its own; calls of its methods go there."""

    def __init__(self, *arguments: Any) -> None:
        context = get_context("spawn")
        self.line, there = context.Pipe()
        self.process = context.Process(
            target=_serve, args=(there, *arguments), daemon=True
        )
        self.process.start()

    def __getattr__(self, method: str) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            self.line.send((method, arguments))
            return self.line.recv()

        return call

    def stop(self) -> None:
        """End the process."""
        self.line.send(None)
        self.process.join()


def _serve(line: Connection, *arguments: Any) -> None:
    contender = Contender(*arguments)
    while (order := line.recv()) is not None:
        method, arguments = order
        line.send(getattr(contender, method)(*arguments))

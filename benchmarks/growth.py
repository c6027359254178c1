"""How the cost of a page grows with its depth and with the table.

``python benchmarks/growth.py [--rows 1000000] [--url postgresql+psycopg://…]`` fills a
table of its own, asks a list view for pages at several depths and prints their times
as ratios to page 1. It fails when page 10,000 costs more than 4 times page 1 with
COUNT, or a keyset page more than 1.2 times the first one.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

from flask import Flask
from jinja2 import DictLoader
from sqlalchemy import create_engine
from sqlalchemy import Engine
from sqlalchemy import ForeignKey
from sqlalchemy import Index
from sqlalchemy import insert
from sqlalchemy import select
from sqlalchemy import String
from sqlalchemy import text
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import relationship
from sqlalchemy.orm import Session
from sqlalchemy.orm import sessionmaker

from cbv import CBV
from cbv import KeysetPaginator
from cbv import ListView

PER_PAGE = 25
PAGES = (1, 10, 100, 1_000, 10_000)
DEEP, FLAT = 4.0, 1.2


class Base(DeclarativeBase):
    """The table that grows, and the one that it refers to."""


class Maker(Base):
    """What every row is joined to."""

    __tablename__ = "growth_maker"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(50))


class Thing(Base):
    """One row of many."""

    __tablename__ = "growth_thing"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(50))
    notes: Mapped[str] = mapped_column(String(200))
    maker_id: Mapped[int] = mapped_column(ForeignKey("growth_maker.id"))
    maker: Mapped[Maker] = relationship()
    __table_args__ = (Index("growth_title_id", "title", "id"),)


class Things(ListView[Thing]):
    """Pages by number, counted, with a related row."""

    ordering = "title"
    related = ["maker"]
    paginate_by = PER_PAGE
    template_name = "list.html"


def fill(engine: Engine, rows: int) -> None:
    """Make the tables, with so many rows."""
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(insert(Maker), [{"name": f"m{n}"} for n in range(50)])
        for start in range(0, rows, 50_000):
            batch = [
                {
                    "title": f"t{n * 7919 % rows:08d}",
                    "notes": "x" * 150,
                    "maker_id": n % 50 + 1,
                }
                for n in range(start, min(start + 50_000, rows))
            ]
            connection.execute(insert(Thing), batch)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM"))
        connection.execute(text("ANALYZE"))


def make_app(engine: Engine) -> Flask:
    """Return an application with the list by number and by keyset."""
    app = Flask("growth", template_folder=None)
    app.secret_key = "growth"
    CBV(app, session=sessionmaker(engine))
    source = "{% for x in object_list %}{{ x.title }} {{ x.maker.name }}\n{% endfor %}"
    app.jinja_loader = DictLoader({"list.html": source})  # type: ignore[misc]
    app.add_url_rule("/", view_func=Things.as_view())
    keyset = Things.as_view("keyset", paginator_class=KeysetPaginator)
    app.add_url_rule("/keyset", view_func=keyset)
    return app


def addresses(app: Flask, engine: Engine) -> dict[str, dict[int, str]]:
    """Return, for both kinds of pages, the address of the page at each depth."""
    ordered = select(Thing).order_by(Thing.title)
    found: dict[str, dict[int, str]] = {"COUNT": {}, "keyset": {1: "/keyset"}}
    with app.app_context(), Session(engine) as session:
        paginator = KeysetPaginator(ordered, PER_PAGE)
        for page in PAGES:
            found["COUNT"][page] = f"/?page={page}"
            if page > 1:
                last = ordered.offset((page - 1) * PER_PAGE - 1).limit(1)
                row: Any = session.scalars(last).one()
                token = paginator.token_of((row, row.title, row.id))
                found["keyset"][page] = f"/keyset?after={token}"
    return found


def times_of(calls: dict[int, Callable[[], Any]], rounds: int) -> dict[int, float]:
    """Return the lower quartile of each call's times; the calls take turns.

    What else runs on the machine makes calls slower, never faster.
    """
    times: dict[int, list[float]] = {key: [] for key in calls}
    for call in calls.values():
        call()
    for _ in range(rounds):
        for key, call in calls.items():
            start = time.perf_counter()
            call()
            times[key].append(time.perf_counter() - start)
    return {key: statistics.quantiles(t, n=4)[0] for key, t in times.items()}


def measure(engine: Engine, rows: int, rounds: int) -> bool:
    """Print the ratios of both kinds of pages; tell whether they keep their limits."""
    fill(engine, rows)
    app = make_app(engine)
    client = app.test_client()
    kept = True
    print("pages   " + "".join(f"{page:>10,}" for page in PAGES) + "   page 1")
    for kind, limit in (("COUNT", DEEP), ("keyset", FLAT)):
        calls: dict[int, Callable[[], Any]] = {}
        for page, address in addresses(app, engine)[kind].items():
            body = client.get(address)
            assert body.status_code == 200, f"{address}: {body.status}"
            calls[page] = lambda address=address: client.get(address)
        found = times_of(calls, rounds)
        ratios = {page: found[page] / found[1] for page in PAGES}
        shown = "".join(f"{ratios[page]:10.2f}" for page in PAGES)
        print(f"{kind:8}{shown}   {found[1] * 1000:.1f} ms")
        kept = kept and max(ratios.values()) <= limit
    Base.metadata.drop_all(engine)
    return kept


def main() -> None:
    """Measure on SQLite, or on the database that was given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--url")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(options.url or f"sqlite:///{folder}/growth.db")
        kept = measure(engine, options.rows, options.rounds)
        engine.dispose()
    sys.exit(not kept)


if __name__ == "__main__":
    main()

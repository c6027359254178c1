"""Does the time of a refused login tell who has an account?

``python benchmarks/logins.py [--logins 200]`` tries a known and unknown names in turn,
with a wrong password, and prints the medians of processor time and their distance; the
exit code is 1 for more than 5 %.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from typing import Any

from flask import Flask
from sqlalchemy import create_engine
from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import StaticPool

from cbv import CBV
from cbv import register
from cbv.auth import urlpatterns
from cbv.auth import UserMixin

ALLOWED = 0.05


class Base(DeclarativeBase):
    """The one table."""


class User(UserMixin, Base):
    """Who may log in."""

    __tablename__ = "user_account"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(150), unique=True)


def make_app() -> Flask:
    """Return an application with one user, called ``known``."""
    app = Flask(__name__)
    app.config.update(SECRET_KEY="logins", WTF_CSRF_ENABLED=False)
    engine = create_engine("sqlite://", poolclass=StaticPool)
    Base.metadata.create_all(engine)
    make = sessionmaker(engine)
    CBV(app, session=make, user_model=User)
    register(app, urlpatterns)
    with app.app_context(), make.begin() as session:
        user = User(username="known")
        user.set_password("a long sentence")
        session.add(user)
    return app


def seconds(client: Any, name: str) -> float:
    """Return how long one refused login takes the processor."""
    data = {"username": name, "password": "a guess"}
    start = time.process_time()
    response = client.post("/login/", data=data)
    taken = time.process_time() - start
    assert response.status_code == 200, response.status
    return taken


def medians(logins: int) -> tuple[float, float]:
    """Return the medians for a known and for unknown names, tried in turn."""
    client = make_app().test_client()
    seconds(client, "known"), seconds(client, "nobody")
    pairs = [
        (seconds(client, "known"), seconds(client, f"nobody{n}")) for n in range(logins)
    ]
    known, unknown = zip(*pairs, strict=True)
    return statistics.median(known), statistics.median(unknown)


def main() -> int:
    """Measure, print, and judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--logins", type=int, default=200)
    known, unknown = medians(parser.parse_args().logins)
    apart = abs(known - unknown) / min(known, unknown)
    print(f"known    {known * 1000:8.2f} ms")
    print(f"unknown  {unknown * 1000:8.2f} ms")
    print(f"apart    {apart:8.1%} (allowed: {ALLOWED:.0%})")
    return int(apart > ALLOWED)


if __name__ == "__main__":
    sys.exit(main())

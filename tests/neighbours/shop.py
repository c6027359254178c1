"""What the small applications here share: models, settings, the token of a form."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from cbv.auth import UserMixin
from cbv.testing import Client

#: What ``flask.redirect`` answers, by which neighbours redirect; 303 from Flask 3.2 on.
REDIRECTS = (302, 303)


class Base(DeclarativeBase):
    """Every table of the shop."""


class User(UserMixin, Base):
    """Who logs in."""

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(50), unique=True)


class Book(Base):
    """What is sold."""

    __tablename__ = "book"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(50), unique=True)

    def __str__(self) -> str:
        return self.title


def make_app(**config: Any) -> Flask:
    """Return an application before CBV; without Flask-WTF's tokens unless asked for."""
    app = Flask("shop", static_folder=None)
    app.config.update(TESTING=True, SECRET_KEY="shop", WTF_CSRF_ENABLED=False, **config)
    app.test_client_class = Client
    return app


def token_in(page: str) -> str:
    """Return the CSRF token of the form in a page."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found, page
    return found[1]

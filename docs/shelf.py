"""A shelf of books: the small application behind the examples in this folder."""

from __future__ import annotations

from datetime import date

from flask import Flask
from sqlalchemy import create_engine
from sqlalchemy import ForeignKey
from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import relationship
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import StaticPool

from cbv import CBV
from cbv import register
from cbv.auth import UserMixin
from cbv.testing import Client


class Base(DeclarativeBase):
    """Every table of the shelf."""


class User(UserMixin, Base):
    """Who logs in; the mixin brings the password and what Flask-Login asks for."""

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(50), unique=True)


class Author(Base):
    """Who wrote a book."""

    __tablename__ = "author"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(50), unique=True)

    def __str__(self) -> str:
        return self.name


class Book(Base):
    """A book on somebody's shelf."""

    __tablename__ = "book"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(50))
    slug: Mapped[str] = mapped_column(String(50), unique=True)
    published: Mapped[date | None]
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"))
    author: Mapped[Author] = relationship()
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/books/{self.id}/"


engine = create_engine("sqlite://", poolclass=StaticPool)
Session = sessionmaker(engine)


def serve(*urlpatterns, **config):
    """Make an application of these URLs; return its test client."""
    app = Flask("shelf", root_path=".")
    app.config.update(SECRET_KEY="dev", TESTING=True, WTF_CSRF_ENABLED=False)
    app.config.update(config)
    app.test_client_class = Client
    CBV(app, session=Session, user_model=User)
    register(app, urlpatterns)
    return app.test_client()


def fill():
    """Put three books by two authors on the shelves of two readers."""
    ann, bob = User(username="ann"), User(username="bob")
    ursula, italo = Author(name="Ursula K. Le Guin"), Author(name="Italo Calvino")
    with Session.begin() as session:
        session.add_all([ann, bob, ursula, italo])
        session.flush()
        for title, author, owner, year in (
            ("The Dispossessed", ursula, ann, 1974),
            ("Invisible Cities", italo, ann, 1972),
            ("The Left Hand of Darkness", ursula, bob, 1969),
        ):
            slug = title.lower().replace(" ", "-")
            session.add(
                Book(
                    title=title,
                    slug=slug,
                    author=author,
                    owner_id=owner.id,
                    published=date(year, 1, 1),
                )
            )


Base.metadata.create_all(engine)
fill()

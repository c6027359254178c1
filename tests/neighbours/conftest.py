"""The database that most of the applications here use: one of SQLAlchemy's own."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine
from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import StaticPool

from cbv import CBV
from cbv.auth import UserMixin
from shop import make_app


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


@pytest.fixture
def Session():
    """The sessions of a new database."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    Base.metadata.create_all(engine)
    yield sessionmaker(engine)
    engine.dispose()


@pytest.fixture
def books(Session):
    """Twenty-five books."""
    with Session.begin() as session:
        session.add_all([Book(title=f"Book {n:02}") for n in range(1, 26)])
    return Book


@pytest.fixture
def ann(Session):
    """A user."""
    with Session(expire_on_commit=False) as session:
        user = User(username="ann")
        user.set_password("a long one")
        session.add(user)
        session.commit()
        return user


@pytest.fixture
def shop(Session):
    """An application with this database."""
    app = make_app()
    CBV(app, session=Session, user_model=User)
    return app

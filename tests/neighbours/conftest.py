"""The database that most of the applications here use, and an application with it."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import StaticPool

from cbv import CBV
from shop import Base
from shop import Book
from shop import make_app
from shop import User


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

"""MappedAsDataclass: objects are made and filled though ``__init__`` wants values."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import MappedAsDataclass
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import StaticPool

from cbv import CBV
from cbv import CreateView
from cbv import DetailView
from cbv import ListView
from cbv import path
from cbv import register
from cbv import UpdateView
from shop import make_app


class Base(MappedAsDataclass, DeclarativeBase):
    """Every class is a dataclass."""


class Song(Base):
    """``title`` must be given to ``__init__``; the others have defaults."""

    __tablename__ = "song"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    title: Mapped[str]
    stars: Mapped[int] = mapped_column(default=3)


FORM = {"fields": ["title", "stars"], "success_url": "/"}


@pytest.fixture
def Session():
    engine = create_engine("sqlite://", poolclass=StaticPool)
    Base.metadata.create_all(engine)
    yield sessionmaker(engine)
    engine.dispose()


@pytest.fixture
def client(Session):
    app = make_app()
    CBV(app, session=Session)
    register(
        app,
        [
            path("", ListView.as_view("songs", model=Song)),
            path("<int:pk>/", DetailView.as_view("song", model=Song)),
            path("new/", CreateView.as_view("new", model=Song, **FORM)),
            path("<int:pk>/edit/", UpdateView.as_view("edit", model=Song, **FORM)),
        ],
    )
    return app.test_client()


def songs(Session):
    with Session() as session:
        return [(s.title, s.stars) for s in session.scalars(select(Song))]


def test_a_row_is_made_shown_and_changed(client, Session):
    made = client.post("/new/", data={"title": "Blue", "stars": "5"})
    assert made.status_code == 303
    assert songs(Session) == [("Blue", 5)]
    assert [song.title for song in client.get("/").context["song_list"]] == ["Blue"]
    assert client.get("/1/").context["song"].title == "Blue"
    assert client.post("/1/edit/", data={"title": "Red", "stars": "1"})
    assert songs(Session) == [("Red", 1)]


def test_bad_values_are_errors_of_the_form(client, Session):
    answer = client.post("/new/", data={"stars": "many"})
    assert answer.status_code == 200
    assert set(answer.context["form"].errors) == {"title", "stars"}
    assert songs(Session) == []

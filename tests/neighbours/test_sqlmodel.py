"""SQLModel: its classes are listed, shown and edited."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import StaticPool
from sqlmodel import Field
from sqlmodel import select
from sqlmodel import Session
from sqlmodel import SQLModel

from cbv import CBV
from cbv import CreateView
from cbv import DetailView
from cbv import ListView
from cbv import path
from cbv import register
from cbv import UpdateView
from shop import make_app


class Hero(SQLModel, table=True):
    """A table of SQLModel's, which is a model of pydantic's too."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(index=True, max_length=20)
    age: int | None = None


FORM = {"fields": ["name", "age"], "success_url": "/"}


@pytest.fixture
def engine():
    engine = create_engine("sqlite://", poolclass=StaticPool)
    SQLModel.metadata.create_all(engine, tables=[Hero.__table__])
    yield engine
    engine.dispose()


@pytest.fixture
def client(engine):
    app = make_app()
    CBV(app, session=sessionmaker(engine, class_=Session))
    register(
        app,
        [
            path("", ListView.as_view("heroes", model=Hero)),
            path("<int:pk>/", DetailView.as_view("hero", model=Hero)),
            path("new/", CreateView.as_view("new", model=Hero, **FORM)),
            path("<int:pk>/edit/", UpdateView.as_view("edit", model=Hero, **FORM)),
        ],
    )
    return app.test_client()


def heroes(engine):
    with Session(engine) as session:
        return [(h.name, h.age) for h in session.exec(select(Hero))]


def test_a_row_is_made_shown_and_changed(client, engine):
    assert client.post("/new/", data={"name": "Ann", "age": ""}).status_code == 303
    assert heroes(engine) == [("Ann", None)]
    assert [hero.name for hero in client.get("/").context["hero_list"]] == ["Ann"]
    assert client.get("/1/").context["hero"].name == "Ann"
    changed = client.post("/1/edit/", data={"name": "Ben", "age": "41"})
    assert changed.status_code == 303
    assert heroes(engine) == [("Ben", 41)]


@pytest.mark.parametrize("bad", [{"name": "x" * 21}, {"name": "Ann", "age": "old"}, {}])
def test_bad_values_are_errors_of_the_form(client, engine, bad):
    answer = client.post("/new/", data=bad)
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert heroes(engine) == []

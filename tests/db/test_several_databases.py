"""A session that chooses the database by the mapped class of a statement.

Every statement of cbv names mapped classes, so such a session knows where to send it.
The default database of these sessions has no tables, or there is none at all: a
statement that names bare tables fails.
"""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import flask_sqlalchemy
import pytest
from flask import Flask
from sqlalchemy import Column
from sqlalchemy import create_engine
from sqlalchemy import Date
from sqlalchemy import event
from sqlalchemy import ForeignKey
from sqlalchemy import Integer
from sqlalchemy import select
from sqlalchemy import String
from sqlalchemy import Table
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import relationship
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import NullPool

import cbv.db
from cbv import CBV
from cbv import CreateView
from cbv import DeleteView
from cbv import DetailView
from cbv import FilterMixin
from cbv import KeysetPaginator
from cbv import ListView
from cbv import UpdateView
from cbv.auth import backend
from cbv.auth import LoginView
from cbv.auth import UserMixin
from cbv.crud import CRUDView
from cbv.dates import ArchiveIndexView
from cbv.dates import MonthArchiveView
from cbv.dates import YearArchiveView
from cbv.formsets import InlineFormSetFactory
from cbv.formsets import ModelFormSetView
from cbv.formsets import UpdateWithInlinesView
from cbv.testing import Client


def models(base):
    """Return mapped classes of their own on a declarative base."""
    novel_genre = Table(
        "bound_novel_genre",
        base.metadata,
        Column("novel_id", ForeignKey("bound_novel.id"), primary_key=True),
        Column("genre_id", ForeignKey("bound_genre.id"), primary_key=True),
    )

    class Reader(UserMixin, base):
        __tablename__ = "bound_reader"
        id = mapped_column(Integer, primary_key=True)
        username = mapped_column(String(50), unique=True)

    class Genre(base):
        __tablename__ = "bound_genre"
        id = mapped_column(Integer, primary_key=True)
        name = mapped_column(String(50))

    class Novel(base):
        __tablename__ = "bound_novel"
        id = mapped_column(Integer, primary_key=True)
        title = mapped_column(String(50), unique=True)
        published = mapped_column(Date, index=True)
        revised = mapped_column(Date, nullable=True)
        reader_id = mapped_column(ForeignKey("bound_reader.id"), nullable=True)
        reader = relationship(Reader)
        genres = relationship(Genre, secondary=novel_genre)
        chapters = relationship(lambda: Chapter, back_populates="novel")

    class Chapter(base):
        __tablename__ = "bound_chapter"
        id = mapped_column(Integer, primary_key=True)
        title = mapped_column(String(50), unique=True)
        novel_id = mapped_column(ForeignKey("bound_novel.id"), nullable=True)
        novel = relationship(Novel, back_populates="chapters")

    return SimpleNamespace(Reader=Reader, Genre=Genre, Novel=Novel, Chapter=Chapter)


def _app(**config):
    app = Flask("app", template_folder=None)
    app.config.update(TESTING=True, SECRET_KEY="x", WTF_CSRF_ENABLED=False, **config)
    app.test_client_class = Client
    return app


def _binds(url):
    """A session that knows the database of a declarative base, and no other."""

    class Base(DeclarativeBase):
        pass

    made, app = models(Base), _app()
    engine = create_engine(url, poolclass=NullPool)
    session = scoped_session(sessionmaker(binds={Base: engine}))
    app.teardown_appcontext(lambda error: session.remove())
    CBV(app, session=session, user_model=made.Reader)
    return app, made, engine, Base.metadata


def _bind_key(url):
    """Flask-SQLAlchemy with a ``__bind_key__``; its default database is empty."""
    app = _app(SQLALCHEMY_DATABASE_URI="sqlite://", SQLALCHEMY_BINDS={"shelf": url})
    extension = flask_sqlalchemy.SQLAlchemy(
        model_class=type("Base", (DeclarativeBase,), {})
    )

    class Shelf(extension.Model):
        __abstract__ = True
        __bind_key__ = "shelf"

    made = models(Shelf)
    extension.init_app(app)
    CBV(app, user_model=made.Reader)
    with app.app_context():
        engine = extension.engines["shelf"]
    return app, made, engine, extension.metadatas["shelf"]


@pytest.fixture(params=[_binds, _bind_key])
def shelf(request, engine):
    """An application, its client and models; two novels of one reader are there."""
    url = engine.url.render_as_string(hide_password=False)
    app, made, own, metadata = request.param(url)
    if own.dialect.name == "sqlite":
        event.listen(own, "connect", lambda c, _: c.execute("PRAGMA foreign_keys=ON"))
    metadata.create_all(own)
    with app.app_context():
        ann = made.Reader(username="ann")
        ann.set_password("a long password")
        fantasy = made.Genre(name="Fantasy")
        for number, title in enumerate(("Emma", "Kim")):
            made_on = date(2020 + number, 3, 1)
            dates = {"published": made_on, "revised": made_on}
            novel = made.Novel(title=title, reader=ann, genres=[fantasy], **dates)
            novel.chapters = [made.Chapter(title=f"{title} begins")]
            cbv.db.save(novel)
        cbv.db.commit()
    yield SimpleNamespace(app=app, client=app.test_client(), **vars(made))
    with app.app_context():
        cbv.db.rollback()
    metadata.drop_all(own)
    own.dispose()


def serve(shelf, rule, view_class):
    shelf.app.add_url_rule(rule, view_func=view_class.as_view(view_class.__name__))


def titles(response):
    assert response.status_code == 200
    return [novel.title for novel in response.context["object_list"]]


def test_lists_with_pages_filters_and_searches(shelf):
    class Novels(FilterMixin, ListView[shelf.Novel]):
        paginate_by = 1
        ordering = "title"
        related = ["genres", "reader"]
        filter_fields = ["reader_id", "genres", "published"]
        search_fields = ["title", "genres.name", "chapters.title"]

    class Tokens(ListView[shelf.Novel]):
        paginate_by = 1
        paginator_class = KeysetPaginator

    serve(shelf, "/novels", Novels)
    serve(shelf, "/tokens", Tokens)
    first = shelf.client.get("/novels")
    assert titles(first) == ["Emma"]
    assert first.context["paginator"].count == 2
    query = "/novels?q=kim+fantasy&reader_id=1&genres=1"
    assert titles(shelf.client.get(query)) == ["Kim"]
    page = shelf.client.get("/tokens").context["page_obj"]
    assert titles(shelf.client.get(f"/tokens?after={page.next_token}")) == ["Kim"]


def test_one_object_is_found_made_changed_and_deleted(shelf):
    class Detail(DetailView[shelf.Novel]):
        slug_field = "title"
        related = ["reader"]

    class New(CreateView[shelf.Novel]):
        fields = ["title", "published", "reader", "genres"]
        success_url = "/"

    class Edit(UpdateView[shelf.Novel]):
        fields = ["title"]
        success_url = "/"

    class Delete(DeleteView[shelf.Novel]):
        success_url = "/"

    serve(shelf, "/<slug>", Detail)
    serve(shelf, "/new", New)
    serve(shelf, "/edit/<int:pk>", Edit)
    serve(shelf, "/delete/<int:pk>", Delete)
    client, data = shelf.client, {"published": "2022-01-01", "reader": 1, "genres": 1}
    assert client.get("/new").status_code == 200
    clash = client.post("/new", data={"title": "Emma", **data})
    assert list(clash.context["form"].errors) == ["title"]
    assert client.post("/new", data={"title": "Dune", **data}).status_code == 303
    assert client.get("/Dune").context["novel"].reader.username == "ann"
    assert client.post("/edit/3", data={"title": "Kim"}).status_code == 200
    assert client.post("/edit/3", data={"title": "Kim2"}).status_code == 303
    assert client.get("/delete/3").status_code == 200
    assert client.post("/delete/3").status_code == 303
    assert client.get("/Kim2").status_code == 404


def test_formsets_read_check_and_save(shelf):
    class Chapters(ModelFormSetView[shelf.Chapter]):
        fields = ["title", "novel"]
        factory_kwargs = {"extra": 1, "can_delete": True}

    class ChapterInline(InlineFormSetFactory):
        model = shelf.Chapter
        fields = ["title"]

    class Edit(UpdateWithInlinesView[shelf.Novel]):
        fields = ["title"]
        inlines = [ChapterInline]
        success_url = "/"

    serve(shelf, "/chapters", Chapters)
    serve(shelf, "/<int:pk>", Edit)
    counts = {"form-TOTAL_FORMS": 3, "form-INITIAL_FORMS": 2}
    rows = {"form-0-id": 1, "form-0-title": "I", "form-0-novel": 1}
    rows |= {"form-1-id": 2, "form-1-DELETE": "y", "form-2-title": "Kim begins"}
    assert shelf.client.get("/chapters").status_code == 200
    clash = shelf.client.post("/chapters", data={**counts, **rows})
    assert clash.status_code == 200  # the deletion is not flushed before it
    saved = shelf.client.post("/chapters", data={**counts, **rows, "form-2-title": "2"})
    assert saved.status_code == 303
    assert shelf.client.get("/1").status_code == 200
    child = {"chapters-TOTAL_FORMS": 1, "chapters-INITIAL_FORMS": 1}
    child |= {"chapters-0-id": 1, "chapters-0-title": "One"}
    assert shelf.client.post("/1", data={"title": "E", **child}).status_code == 303


@pytest.mark.parametrize("field", ["published", "revised"])
def test_archives_find_their_dates_and_neighbours(shelf, field):
    """With an index each period is tested, without one all rows are read."""

    class Index(ArchiveIndexView[shelf.Novel]):
        date_field = field

    class Year(YearArchiveView[shelf.Novel]):
        date_field = field
        make_object_list = True

    class Month(MonthArchiveView[shelf.Novel]):
        date_field = field
        month_format = "%m"

    serve(shelf, "/", Index)
    serve(shelf, "/<year>", Year)
    serve(shelf, "/<year>/<month>", Month)
    assert len(shelf.client.get("/").context["date_list"]) == 2
    year = shelf.client.get("/2020").context
    assert year["next_year"] == date(2021, 1, 1)
    assert len(year["object_list"]) == 1
    month = shelf.client.get("/2021/3").context
    assert month["previous_month"] == date(2020, 3, 1)


def test_accounts_log_in_and_change_their_password_once(shelf):
    serve(shelf, "/login", LoginView)
    wrong = {"username": "ann", "password": "wrong"}
    assert shelf.client.post("/login", data=wrong).status_code == 200
    right = {"username": "ann", "password": "a long password"}
    assert shelf.client.post("/login", data=right).status_code == 303
    with shelf.app.app_context():
        user = backend.user_named("ann")
        assert backend.users_like("username", "ANN") == [user]
        assert backend.claim(user)
        user.password_hash = "another"
        with cbv.db.unflushed():
            assert not backend.claim(user)


def test_a_crud_view_shows_lists_and_saves(shelf):
    class Novels(CRUDView):
        model = shelf.Novel
        fields = ["title", "published", "genres"]
        url_base = "novels"
        list_display = ["title", "reader"]
        filter_fields = ["published"]

    shelf.app.register_blueprint(Novels.blueprint(), url_prefix="/novels")
    for rule in ("", "new/", "1/", "1/edit/", "1/delete/"):
        assert shelf.client.get(f"/novels/{rule}").status_code == 200


def test_the_functions_of_the_door_look_and_count(shelf):
    with shelf.app.app_context():
        kim = select(shelf.Novel).where(shelf.Novel.title == "Kim")
        assert cbv.db.count(kim) == cbv.db.count(kim.limit(5)) == 1
        assert all(map(cbv.db.exists, [kim, kim.limit(5)]))
        assert cbv.db.get_list_or_404(shelf.Novel, title="Kim") == cbv.db.fetch(kim)

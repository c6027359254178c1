"""What the tests of the example share: the blog on each database, and rows for it."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy import text

from cbv.testing import Client
from example_app import create_app
from example_app.blog.models import Comment
from example_app.blog.models import Post
from example_app.blog.models import slugify
from example_app.blog.models import User
from example_app.blog.tagging import tags_named
from example_app.site.database import Base
from example_app.site.database import db
from example_app.site.settings import FROM_ENVIRONMENT

DAY = datetime(2024, 5, 17, 8, 30)


class Blog:
    """The example on a database of its own, with shortcuts for rows."""

    def __init__(self, folder, **config):
        settings = {
            "TESTING": True,
            "SECRET_KEY": "test",
            "WTF_CSRF_ENABLED": False,
            "CBV_PASSWORD_METHOD": "pbkdf2:sha256:1",  # quick, for nobody's password
            "INSTANCE_FOLDER": str(folder),
            **config,
        }
        self.app = create_app(settings)
        self.app.test_client_class = Client

    def client(self, username=None):
        """Return a client, logged in as a user if a name is given."""
        client = self.app.test_client()
        if username:
            with self.app.app_context():
                client.force_login(_user(db.session, username))
        return client

    def add_user(self, username="ann", password=None):
        """Add a user; without a password nobody can log in as them."""
        with self.session() as session:
            user = User(username=username, email=f"{username}@example.com")
            user.set_password(password)
            session.add(user)
        return username

    def add_post(self, title="A post", author="ann", age=0, also=(), tags=(), **values):
        """Add a post, ``age`` days old, that names ``also`` too; return its key."""
        with self.session() as session:
            writers = [_user(session, name) for name in (author, *also)]
            post = Post(
                title=title,
                slug=slugify(title),
                content=values.pop("content", "Some words."),
                date_posted=DAY - timedelta(days=age),
                author=writers[0],
                authors=writers,
                tags=tags_named(session, list(tags)),
                **values,
            )
            session.add(post)
            session.flush()
            return post.id

    def add_comment(self, post_id, author="ann", content="Well said."):
        """Add a comment to a post; return its key."""
        with self.session() as session:
            writer = _user(session, author)
            comment = Comment(post_id=post_id, author=writer, content=content)
            session.add(comment)
            session.flush()
            return comment.id

    @contextmanager
    def session(self):
        """Give the session, in an application context, and commit."""
        with self.app.app_context():
            yield db.session
            db.session.commit()

    def scalars(self, statement):
        """Return the values that a statement selects."""
        with self.app.app_context():
            return list(db.session.scalars(statement))

    def close(self):
        """Let go of the database."""
        with self.app.app_context():
            Base.metadata.drop_all(db.engine)
            db.engine.dispose()


def _user(session, username):
    return session.scalars(select(User).where(User.username == username)).one()


@pytest.fixture(params=["sqlite", "postgresql"])
def blog_config(request, tmp_path):
    """Settings that put the blog on each of the two databases in turn."""
    if request.param == "sqlite":
        return {"DATABASE_URL": f"sqlite:///{tmp_path}/blog.sqlite"}
    engine = request.getfixturevalue("postgres_engine")
    with engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA IF NOT EXISTS blog"))
    url = engine.url.set(query={"options": "-csearch_path=blog"})
    return {"DATABASE_URL": url.render_as_string(hide_password=False)}


@pytest.fixture
def make_blog(tmp_path, monkeypatch):
    """Make blogs, on SQLite unless told otherwise; they are closed after the test."""
    made = []
    for name in FROM_ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)

    def make(**config):
        made.append(Blog(tmp_path, **config))
        return made[-1]

    yield make
    for blog in made:
        blog.close()


@pytest.fixture
def blog(blog_config, make_blog):
    """The blog, empty, on each of the two databases."""
    return make_blog(**blog_config)


@pytest.fixture
def lite_blog(make_blog):
    """The blog, empty, on SQLite alone: for what no database has a part in."""
    return make_blog()

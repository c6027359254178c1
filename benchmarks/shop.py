"""The data and the templates that both contenders of the benchmark show."""

from __future__ import annotations

from datetime import date
from datetime import datetime
from datetime import timedelta

from flask import Flask
from flask_login import LoginManager
from flask_wtf import FlaskForm
from jinja2 import DictLoader
from sqlalchemy import create_engine
from sqlalchemy import ForeignKey
from sqlalchemy import Index
from sqlalchemy import insert
from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import relationship
from wtforms import IntegerField
from wtforms import SelectField
from wtforms import StringField
from wtforms.validators import InputRequired
from wtforms.validators import Length

PER_PAGE = 25
PUBLISHERS = 50


class Base(DeclarativeBase):
    """The shop's tables."""


class Account:
    """The columns of who logs in; each contender has a class of its own for them."""

    __tablename__ = "user_account"
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(50), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(255))
    is_active: Mapped[bool] = mapped_column(default=True)
    last_login: Mapped[datetime | None]
    session_epoch: Mapped[int] = mapped_column(default=0)


class Publisher(Base):
    """The choice of 50 rows."""

    __tablename__ = "publisher"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(50))

    def __str__(self) -> str:
        return self.name


class Book(Base):
    """The rows of the lists."""

    __tablename__ = "book"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(100))
    slug: Mapped[str | None] = mapped_column(String(100), index=True)
    pages: Mapped[int]
    published: Mapped[date | None] = mapped_column(index=True)
    publisher_id: Mapped[int] = mapped_column(ForeignKey("publisher.id"))
    publisher: Mapped[Publisher] = relationship()
    shop_id: Mapped[int] = mapped_column(default=1)
    __table_args__ = (
        Index("book_title_id", "title", "id"),
        Index("book_shop_title_id", "shop_id", "title", "id"),
    )


_BOOKS = """<!doctype html><title>Books</title><ul>
{% for book in object_list %}<li><a href="{{ url_for('detail', pk=book.id) }}">
{{ book.title }}</a> {{ book.publisher.name }} {{ book.pages }}</li>
{% endfor %}</ul>"""
TEMPLATES = {
    "hello.html": "<!doctype html><title>{{ title }}</title><h1>{{ title }}</h1>",
    "mine.html": """<!doctype html><title>Mine</title>
<h1>{{ current_user.username }}</h1>""",
    "list.html": _BOOKS
    + """<p>Page {{ number or page_obj.number }}
of {{ pages or paginator.num_pages }}</p>""",
    "keyset.html": _BOOKS,
    "detail.html": """<!doctype html><title>{{ book.title }}</title>
<h1>{{ book.title }}</h1><p>{{ book.publisher.name }}, {{ book.pages }} pages</p>""",
    "form.html": """<!doctype html><title>Book</title><form method="post">
{% for field in form if field.name != 'csrf_token' %}<p>{{ field.label }} {{ field() }}
{% for error in field.errors %}<b>{{ error }}</b>{% endfor %}</p>
{% endfor %}<button>Save</button></form>""",
    "year.html": """<!doctype html><title>{{ year.year }}</title>
{% for month in date_list %}<p>{{ month.month }}</p>{% endfor %}
<ul>{% for book in object_list %}<li>{{ book.title }} {{ book.publisher.name }}</li>
{% endfor %}</ul>{% if previous_year %}{{ previous_year.year }}{% endif %}
{% if next_year %}{{ next_year.year }}{% endif %}""",
}


class BookForm(FlaskForm):
    """The form of the hand-written contender."""

    title = StringField(validators=[InputRequired(), Length(max=100)])
    pages = IntegerField(validators=[InputRequired()])
    publisher_id = SelectField(
        "Publisher",
        coerce=lambda text: int(text) if text else None,
        validators=[InputRequired()],
    )


def make_database(url: str, rows: int, user_model: type) -> None:
    """Fill a new database with so many books."""
    engine = create_engine(url)
    Base.metadata.create_all(engine)
    first = date(1990, 1, 1)
    with engine.begin() as connection:
        connection.execute(insert(user_model), [{"username": "ann"}])
        publishers = [{"name": f"Publisher {n}"} for n in range(PUBLISHERS)]
        connection.execute(insert(Publisher), publishers)
        for start in range(0, rows, 50_000):
            books = [
                {
                    "title": f"Book {(n * 7919) % rows:07d}",
                    "slug": f"book-{n}",
                    "pages": n % 900,
                    "published": first + timedelta(days=n % 12_000),
                    "publisher_id": n % PUBLISHERS + 1,
                    "shop_id": n % 2 + 1,
                }
                for n in range(start, min(start + 50_000, rows))
            ]
            connection.execute(insert(Book), books)
        connection.exec_driver_sql("ANALYZE")
    engine.dispose()


def make_app(name: str) -> Flask:
    """Return an application with the templates and settings of both contenders."""
    app = Flask(name, template_folder=None, static_folder=None)
    app.config.update(SECRET_KEY="benchmark", WTF_CSRF_ENABLED=False)
    app.jinja_loader = DictLoader(TEMPLATES)
    return app


def add_login(app: Flask, load: object) -> None:
    """Install Flask-Login with a loader, as its manual does."""
    manager = LoginManager(app)
    manager.login_view = "hello"
    manager.user_loader(load)

"""Flask-Migrate: Alembic sees cbv's tables, and makes and upgrades them."""

from __future__ import annotations

import pytest
from flask_migrate import Migrate
from flask_migrate import migrate
from flask_migrate import upgrade
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import inspect
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from cbv import CBV
from cbv.auth import LoginView
from cbv.auth import UserMixin
from shop import make_app


@pytest.fixture
def shop(tmp_path):
    """The application and its database, with an empty folder of migrations."""
    app = make_app(SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path}/shop.db")
    db = SQLAlchemy(app)

    class User(UserMixin, db.Model):
        id: Mapped[int] = mapped_column(primary_key=True)
        username: Mapped[str] = mapped_column(unique=True)

    CBV(app, user_model=User)
    app.add_url_rule("/login", view_func=LoginView.as_view("login", next_page="/"))
    Migrate(app, db, directory=str(tmp_path / "migrations"))
    answer = app.test_cli_runner().invoke(args=["db", "init"])
    assert answer.exit_code == 0, answer.output
    yield app, db, User
    with app.app_context():
        db.engine.dispose()


def test_a_migration_makes_the_table_of_users(shop):
    app, db, User = shop
    with app.app_context():
        migrate(message="users")
        upgrade()
        names = {c["name"] for c in inspect(db.engine).get_columns("user")}
        assert {"password_hash", "session_epoch", "is_active"} <= names
        user = User(username="ann")
        user.set_password("a long one")
        db.session.add(user)
        db.session.commit()
    data = {"username": "ann", "password": "a long one"}
    assert app.test_client().post("/login", data=data).status_code == 303


def test_the_table_then_needs_no_other_migration(shop, tmp_path):
    app, _, _ = shop
    with app.app_context():
        migrate(message="users")
        upgrade()
        migrate(message="nothing")
    assert len(list((tmp_path / "migrations" / "versions").glob("*.py"))) == 1

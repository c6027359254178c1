"""Flask-Admin: both stand in one application, on the same models and one login."""

from __future__ import annotations

from flask_admin import Admin
from flask_admin import AdminIndexView
from flask_admin.contrib.sqla import ModelView
from flask_babel import Babel
from flask_login import current_user
from sqlalchemy.orm import scoped_session

from cbv import CRUDView
from shop import Book
from shop import REDIRECTS


class Books(CRUDView[Book]):
    """The same books as in the admin."""

    fields = ["title"]


class Guarded(AdminIndexView):
    """Only for who is logged in by cbv."""

    def is_accessible(self):
        return current_user.is_authenticated


def test_the_admin_and_a_crud_view_edit_the_same_rows(shop, Session, books, ann):
    Babel(shop)  # the admin asks for it where Flask-Babel is installed
    session = scoped_session(Session)
    shop.teardown_appcontext(lambda error: session.remove())
    admin = Admin(shop, name="shop", index_view=Guarded())
    admin.add_view(ModelView(Book, session, endpoint="admin_books"))
    shop.register_blueprint(Books.blueprint())
    client = shop.test_client()
    assert client.get("/admin/").status_code == 403
    client.force_login(ann)
    assert client.get("/admin/").status_code == 200
    assert "Book 01" in client.get("/admin/admin_books/").text
    made = client.post("/admin/admin_books/new/", data={"title": "By the admin"})
    assert made.status_code in REDIRECTS
    assert "By the admin" in client.get("/book/").text
    assert client.post("/book/new/", data={"title": "By a view"}).status_code == 303
    assert "By a view" in client.get("/admin/admin_books/?page=1").text

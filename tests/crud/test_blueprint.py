"""CRUDView: five views and a blueprint from one declaration."""

from __future__ import annotations

import pytest
from flask import Blueprint
from flask import redirect
from flask import url_for
from sqlalchemy import select

from cbv import CreateView
from cbv import CRUDView
from cbv import DeleteView
from cbv import DetailView
from cbv import ImproperlyConfigured
from cbv import ListView
from cbv import SuccessMessageMixin
from cbv import UpdateView
from cbv import url_value
from cbv import View
from cbv.auth import LoginRequiredMixin
from cbv.auth import UserPassesTestMixin
from cbv.crud import action
from cbv.testing import assert_redirects
from cbv.testing import assert_template_used
from cbv.testing import count_queries
from support.library_models import Author
from support.library_models import Book
from support.library_models import book_tag
from support.library_models import Tag
from support.library_models import User


class Books(CRUDView[Book]):
    fields = ["title", "slug"]


def install(app, crud, **options):
    app.register_blueprint(crud.blueprint(), **options)
    return app.test_client()


def titles(db):
    db.expire_all()
    return sorted(db.scalars(select(Book.title)))


@pytest.fixture
def book(db):
    author = Author(name="Ann")
    found = Book(title="Old", slug="old", pages=3, author=author)
    db.add(found)
    db.commit()
    return found


# --- the five classes -----------------------------------------------------------------


def test_five_ordinary_classes_are_made(app):
    """Named after the model, subclasses of the views that do the work."""
    kinds = {
        "list": ListView,
        "create": CreateView,
        "detail": DetailView,
        "update": UpdateView,
        "delete": DeleteView,
    }
    for role, kind in kinds.items():
        found = getattr(Books, f"{role}_view")
        assert issubclass(found, kind)
        assert issubclass(found, Books)
        assert found.__name__ == f"Book{role.title()}View"
        assert found.model is Book


def test_a_blueprint_holds_them_under_their_roles(app):
    """Name, endpoints and paths."""
    blueprint = Books.blueprint()
    assert isinstance(blueprint, Blueprint)
    assert blueprint.name == "book"
    app.register_blueprint(blueprint)
    with app.test_request_context():
        assert url_for("book.list") == "/book/"
        assert url_for("book.create") == "/book/new/"
        assert url_for("book.detail", pk=3) == "/book/3/"
        assert url_for("book.update", pk=3) == "/book/3/edit/"
        assert url_for("book.delete", pk=3) == "/book/3/delete/"


def test_url_base_names_and_places_the_blueprint(app, db, book):
    """Another prefix may be given when it is registered, or made."""

    class Shelf(Books):
        url_base = "shelf"

    app.register_blueprint(Shelf.blueprint(url_prefix="/x"), name="x")
    client = install(app, Shelf, url_prefix="/my/books")
    assert client.get("/my/books/").status_code == 200
    assert client.get("/x/").status_code == 200
    with app.test_request_context():
        assert url_for("shelf.list") == "/my/books/"


def test_a_crud_view_is_no_view_itself():
    """It is registered by its blueprint."""
    with pytest.raises(ImproperlyConfigured, match=r"Books is no view.*blueprint"):
        Books.as_view("books")
    assert Books.list_view.as_view().view_class is Books.list_view


def test_the_whole_round(app, db, book):
    """List, make, look, edit and delete, each leading to the next."""
    client = install(app, Books)
    listed = client.get("/book/")
    assert_template_used(listed, "cbv/crud_list.html")
    assert listed.context["object_list"] == [book]
    made = client.post("/book/new/", data={"title": "New", "slug": "new"})
    new = db.scalars(select(Book).where(Book.title == "New")).one()
    assert_redirects(made, f"/book/{new.id}/", 303)
    assert "New" in client.get(f"/book/{new.id}/").text
    edited = client.post(f"/book/{new.id}/edit/", data={"title": "Newer"})
    assert_redirects(edited, f"/book/{new.id}/", 303)
    assert "cannot be undone" in client.get(f"/book/{new.id}/delete/").text
    assert_redirects(client.post(f"/book/{new.id}/delete/"), "/book/", 303)
    assert titles(db) == ["Old"]


@pytest.mark.parametrize("key", ["999", "abc", "new2", "1%00", "9" * 30, "٣"])
def test_a_key_of_no_object_is_404(app, db, book, key):
    """In any spelling, on both databases."""
    client = install(app, Books)
    for end in ("", "edit/", "delete/"):
        assert client.get(f"/book/{key}/{end}").status_code == 404


def test_lookup_field_names_the_object_in_the_url(app, db, book):
    """``slug`` in rule, links and look-up."""

    class BySlug(Books):
        lookup_field = "slug"

    client = install(app, BySlug)
    assert client.get("/book/old/").context["object"] is book
    assert 'href="/book/old/edit/"' in client.get("/book/").text
    edited = client.post("/book/old/edit/", data={"title": "X", "slug": "other"})
    assert_redirects(edited, "/book/other/", 303)
    assert client.get(f"/book/{book.id}/").status_code == 404


def test_roles_limit_routes_and_links(app, db, book):
    """What is left out is neither there nor linked to."""

    class Shown(Books):
        roles = ("list", "detail")

    client = install(app, Shown)
    for path in ("new/", f"{book.id}/edit/", f"{book.id}/delete/"):
        assert client.get(f"/book/{path}").status_code == 404
    text = client.get("/book/").text
    assert f'href="/book/{book.id}/"' in text
    assert "edit" not in text
    assert "new" not in text


def test_where_to_go_without_a_detail_page(app, db, book):
    """The list; ``success_url`` wins, filled from the object."""

    class Short(Books):
        roles = ("list", "create", "update", "delete")

    class Elsewhere(Books):
        url_base = "e"
        success_url = "/thanks/{pk}"

    install(app, Short)
    client = install(app, Elsewhere)
    edited = client.post(f"/book/{book.id}/edit/", data={"title": "x"})
    assert edited.location == "/book/"
    edited = client.post(f"/e/{book.id}/edit/", data={"title": "x"})
    assert edited.location == f"/thanks/{book.id}"


# --- declaration and hooks hold for all five ------------------------------------------


def test_scope_and_hooks_hold_for_all_five(app, db, book):
    """Another's row is a 404 everywhere; new rows are filled."""
    other = Book(title="Other", pages=9)
    db.add(other)
    db.commit()

    class Three(CRUDView[Book]):
        fields = ["title"]
        scope = Book.pages == 3
        extra_context = {"shop": "mine"}

    client = install(app, Three)
    listed = client.get("/book/")
    assert listed.context["object_list"] == [book]
    assert listed.context["shop"] == "mine"
    for end in ("", "edit/", "delete/"):
        assert client.get(f"/book/{other.id}/{end}").status_code == 404
    assert client.post(f"/book/{other.id}/delete/").status_code == 404
    client.post("/book/new/", data={"title": "New"})
    assert db.scalars(select(Book.pages).where(Book.title == "New")).one() == 3


def test_an_overridden_get_queryset_holds_for_all_five(app, db, book):
    """With ``super()`` as anywhere."""

    class NotOld(Books):
        def get_queryset(self):
            return super().get_queryset().where(Book.title != "Old")

    client = install(app, NotOld)
    assert client.get("/book/").context["object_list"] == []
    for end in ("", "edit/", "delete/"):
        assert client.get(f"/book/{book.id}/{end}").status_code == 404


ALL = ("", "new/", "{}/", "{}/edit/", "{}/delete/")


def test_guards_among_the_bases_hold_for_all_five(app, db, book):
    """Whatever their order."""
    app.config["CBV_LOGIN_URL"] = "/login"

    class First(LoginRequiredMixin, CRUDView[Book]):
        url_base = "first"
        fields = ["title"]

    class Last(CRUDView[Book], LoginRequiredMixin):
        url_base = "last"
        fields = ["title"]

    class Inside(Books):
        url_base = "inside"

        def check_access(self):
            return redirect("/login?inside", code=302)

    for crud in (First, Last, Inside):
        client = install(app, crud)
    for crud in (First, Last, Inside):
        for path in ALL:
            address = f"/{crud.url_base}/{path.format(book.id)}"
            assert client.get(address).location.startswith("/login?")
            assert client.post(address).status_code in (302, 405)
    assert titles(db) == ["Old"]


def test_test_func_of_the_declaration_guards_all_five(app, db, book):
    """It is asked in each of the views, ``self`` being that view."""
    seen = []

    class Tested(UserPassesTestMixin, Books):
        raise_exception = True

        def test_func(self):
            seen.append(type(self).__name__)
            return False

    client = install(app, Tested)
    for path in ALL:
        assert client.get(f"/book/{path.format(book.id)}").status_code == 403
    assert len(set(seen)) == 5


def test_a_view_may_be_replaced_by_a_subclass_of_it(app, db, book):
    """The rest of the declaration goes on holding for it."""

    class Paged(Books.list_view):
        paginate_by = 1
        ordering = "-title"

    class Mine(Books):
        list_view = Paged
        scope = Book.title != "Hidden"
        paginate_by = 7

    db.add_all([Book(title="Hidden"), Book(title="A")])
    db.commit()
    assert Mine.list_view is Paged
    assert Mine.create_view is not Books.create_view
    client = install(app, Mine)
    listed = client.get("/book/")
    assert [b.title for b in listed.context["object_list"]] == ["Old"]
    assert listed.context["paginator"].count == 2


def test_any_view_may_take_a_place_and_is_guarded_too(app, db, book):
    """An ordinary ListView; guards, scope and hooks of the declaration hold."""

    class Plain(ListView[Book]):
        template_name = "cbv/object_list.html"

        def get_context_data(self, **kwargs):
            return super().get_context_data(plain=True, **kwargs)

    class Mine(Books):
        url_base = "mine"
        list_view = Plain
        scope = Book.title != "Old"

    class Locked(UserPassesTestMixin, Mine):
        url_base = "locked"
        raise_exception = True

        def test_func(self):
            return False

    install(app, Locked)
    client = install(app, Mine)
    context = client.get("/mine/").context
    assert (context["plain"], context["object_list"]) == (True, [])
    assert client.get("/locked/").status_code == 403


def test_a_mixin_for_some_of_the_views_is_refused():
    """With the two cures; a message is declared without it."""
    with pytest.raises(ImproperlyConfigured, match=r"SuccessMessageMixin.*create_view"):

        class Loud(SuccessMessageMixin, CRUDView[Book]):
            pass


def test_success_message_is_flashed_by_the_form_views(app, db, book):
    """On creating, editing and deleting."""

    class Loud(Books):
        success_message = "%(title)s is done."

    client = install(app, Loud)
    assert client.post("/book/new/", data={"title": "N"}).flashes == [
        ("success", "N is done.")
    ]
    assert client.post(f"/book/{book.id}/delete/").flashes == [
        ("success", "Old is done.")
    ]


def test_nested_in_another_resource(app, db, book):
    """The parent's key is in every link, and fills new rows."""

    class Nested(CRUDView[Book]):
        fields = ["title"]
        scope = Book.author_id == url_value("author_id")

    ann = book.author_id
    client = install(app, Nested, url_prefix="/<int:author_id>/books")
    text = client.get(f"/{ann}/books/").text
    assert f'href="/{ann}/books/{book.id}/edit/"' in text
    assert f'href="/{ann}/books/new/"' in text
    made = client.post(f"/{ann}/books/new/", data={"title": "Nested"})
    assert made.location.startswith(f"/{ann}/books/")
    assert db.scalars(select(Book.author_id).where(Book.title == "Nested")).one() == ann
    assert client.get(f"/999/books/{book.id}/").status_code == 404


# --- the list -------------------------------------------------------------------------


def test_list_display_shows_columns_and_loads_what_they_need(app, db, book):
    """Dotted through relationships, in one statement."""
    db.add(Book(title="Second", author=Author(name="Bob <b>")))
    db.commit()

    class Table(Books):
        list_display = ["title", "author.name", "pages"]
        ordering = "title"

    client = install(app, Table)
    db.expunge_all()
    with count_queries(1):
        text = client.get("/book/").text
    assert '<th scope="col">Author name</th>' in text
    assert "<td>Ann</td>" in text
    assert "<td>Bob &lt;b&gt;</td>" in text


def test_lists_are_filtered_searched_sorted_and_paged(app, db, book):
    """As with FilterMixin; heads of sortable columns are links."""
    db.add_all([Book(title="Zoo", pages=4), Book(title="Ape", pages=4)])
    db.commit()

    class Table(Books):
        list_display = ["title", "pages"]
        filter_fields = ["pages"]
        search_fields = ["title"]
        ordering_fields = ["title"]
        paginate_by = 2

    client = install(app, Table)
    found = client.get("/book/?pages=4&ordering=-title")
    assert [b.title for b in found.context["object_list"]] == ["Zoo", "Ape"]
    assert 'aria-sort="descending"' in found.text
    assert '<th scope="col">Pages</th>' in found.text
    assert client.get("/book/?q=ld").context["paginator"].count == 1


def test_truth_and_nothing_are_shown_in_words(app, db, book):
    """A method is called, a bool is Yes or No, NULL is nothing."""

    class Table(Books):
        list_display = ["title", "notes", "__str__"]

    view = Table.list_view()
    with app.test_request_context():
        assert view.get_display(book) == ["Old", "", "Old"]


# --- links ----------------------------------------------------------------------------


class OwnOnly(UserPassesTestMixin, CRUDView[Book]):
    """Everybody may look, an owner may edit, nobody may delete."""

    fields = ["title"]
    raise_exception = True

    def test_func(self):
        if type(self).__name__ in ("BookListView", "BookDetailView"):
            return True
        if isinstance(self, UpdateView):
            return self.object.owner_id == getattr(self.user, "id", "nobody")
        return False


def test_links_are_shown_only_where_access_is_given(app, db, book):
    """For each object by the guard of the view that it leads to."""
    client = install(app, OwnOnly)
    text = client.get("/book/").text
    assert f'href="/book/{book.id}/"' in text
    assert "edit/" not in text
    assert "delete/" not in text
    assert "new/" not in text
    assert client.get(f"/book/{book.id}/edit/").status_code == 403


def test_an_owner_is_shown_the_link_to_edit(app, db, book):
    """Of that object only."""
    user = User(username="me")
    db.add(user)
    db.flush()
    mine = Book(title="Mine", owner_id=user.id)
    db.add(mine)
    db.commit()
    client = install(app, OwnOnly)
    client.force_login(user)
    text = client.get("/book/").text
    assert f'href="/book/{mine.id}/edit/"' in text
    assert text.count("edit/") == 1


def test_guards_of_links_load_nothing(app, db, book):
    """The object is at hand already: the list stays at one statement."""
    db.add_all([Book(title=str(number)) for number in range(5)])
    db.commit()
    client = install(app, OwnOnly)
    db.expunge_all()
    with count_queries(1):
        client.get("/book/")


def test_every_page_links_to_the_others(app, db, book):
    """Not to itself."""
    client = install(app, Books)
    detail = client.get(f"/book/{book.id}/").text
    for href in ("/book/", f"/book/{book.id}/edit/", f"/book/{book.id}/delete/"):
        assert f'href="{href}"' in detail
    assert f'href="/book/{book.id}/"' not in detail
    assert 'href="/book/"' in client.get("/book/new/").text
    form = client.get(f"/book/{book.id}/edit/").text
    assert f'href="/book/{book.id}/delete/"' in form
    confirm = client.get(f"/book/{book.id}/delete/").text
    assert f'href="/book/{book.id}/"' in confirm


# --- actions --------------------------------------------------------------------------


class Shop(CRUDView[Book]):
    fields = ["title"]

    @action(detail=True)
    def mark(self):
        self.object.notes = "marked"
        return redirect(url_for(".detail", pk=self.object.id), code=303)

    @action(detail=True, methods=["GET", "POST"], label="Look inside", path="in")
    def look(self, pk, **kwargs):
        return f"{self.request.method} {pk} {kwargs}"

    @action(detail=False, methods=["GET"])
    async def total(self):
        return str(len(self.object_list))

    def secret(self):
        return "never a route"


def test_declared_actions_become_views(app, db, book):
    """With the object or the rows at hand; what they change is committed."""
    client = install(app, Shop)
    answer = client.post(f"/book/{book.id}/mark/")
    assert answer.location == f"/book/{book.id}/"
    db.expire_all()
    assert book.notes == "marked"
    assert client.get(f"/book/{book.id}/in/").text == f"GET {book.id} {{}}"
    assert client.get("/book/total/").text == "1"
    with app.test_request_context():
        assert url_for("book.look", pk=1) == "/book/1/in/"


def test_actions_answer_their_verbs_only(app, db, book):
    """405 for the others, with Allow."""
    client = install(app, Shop)
    refused = client.get(f"/book/{book.id}/mark/")
    assert (refused.status_code, set(refused.allow)) == (405, {"POST", "OPTIONS"})
    assert client.post("/book/total/").status_code == 405


def test_unmarked_methods_never_become_routes(app, db, book):
    """A public method is a method."""
    client = install(app, Shop)
    assert client.get(f"/book/{book.id}/secret/").status_code == 404
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules("book.mark")}
    assert endpoints == {"book.mark"}
    assert "book.secret" not in app.view_functions


def test_actions_are_linked_by_links_and_buttons(app, db, book):
    """A button where it is a POST, with its token."""
    client = install(app, Shop)
    text = client.get(f"/book/{book.id}/").text
    assert f'<form method="post" action="/book/{book.id}/mark/"' in text
    assert f'<a href="/book/{book.id}/in/">Look inside</a>' in text
    assert '<a href="/book/total/">Total</a>' in text


def test_actions_are_guarded_scoped_and_csrf_checked(csrf_app, db, book):
    """As every other view of the declaration."""

    class Locked(UserPassesTestMixin, Shop):
        url_base = "locked"

        def test_func(self):
            return False

    class Scoped(Shop):
        url_base = "scoped"
        scope = Book.pages == 5

    csrf_app.config["CBV_LOGIN_URL"] = "/login"
    install(csrf_app, Locked)
    client = install(csrf_app, Scoped)
    assert client.post(f"/locked/{book.id}/mark/").status_code == 302
    assert client.post(f"/scoped/{book.id}/mark/").status_code == 400
    csrf_app.config["WTF_CSRF_ENABLED"] = False
    assert client.post(f"/scoped/{book.id}/mark/").status_code == 404


# --- wrong set-up ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"model": Book}, "neither fields nor form_class"),
        ({"model": None}, "has no model"),
        ({"lookup_field": "nope"}, "lookup_field"),
        ({"list_display": ["nope"]}, "list_display.*nope"),
        ({"model": User, "list_display": ["password_hash"]}, "holds a password"),
        ({"count": action(detail=False)(lambda self: "")}, "have already"),
        ({"delete": action(detail=True)(lambda self: "")}, "have already"),
    ],
)
def test_wrong_set_up_is_found_when_the_blueprint_is_made(attributes, message):
    """Naming the class and the cure."""
    base = {"model": Book, "fields": ["title"]}
    if attributes == {"model": Book}:
        base = {}
    crud = type("Wrong", (CRUDView,), {**base, **attributes})
    with pytest.raises(ImproperlyConfigured, match=message):
        crud.blueprint()


def test_an_unknown_role_is_refused_when_the_class_is_made():
    """With the names that there are."""
    with pytest.raises(ImproperlyConfigured, match=r"'edit'.*list, create, detail"):

        class Wrong(CRUDView[Book]):
            roles = ("list", "edit")


def test_a_key_of_several_columns_asks_for_lookup_field():
    """One URL value names an object."""

    class Pair:
        pass

    Book.registry.map_imperatively(Pair, book_tag)
    try:
        with pytest.raises(ImproperlyConfigured, match="lookup_field"):
            type("Pairs", (CRUDView,), {"model": Pair, "fields": []}).blueprint()
    finally:
        Book.registry._dispose_cls(Pair)


def test_a_declaration_may_be_shared_by_several_models(app, db, book):
    """A base without a model makes no views."""

    class Base(CRUDView):
        roles = ("list",)
        paginate_by = 1

    class Tags(Base):
        model = Tag
        fields = ["name"]

    assert Base.list_view is None
    assert issubclass(Tags.list_view, View)
    assert install(app, Tags).get("/tag/").context["is_paginated"] is False


def test_the_delete_view_does_not_answer_put(app, db, book):
    """Its page is deleted by POST and DELETE alone."""
    client = install(app, Books)
    response = client.put(f"/book/{book.id}/delete/")
    assert response.status_code == 405
    assert "PUT" not in response.allow
    assert titles(db) == ["Old"]
    client.delete(f"/book/{book.id}/delete/")
    assert titles(db) == []

"""The user class: passwords, permissions, ids; finding users by key, name and mail."""

from __future__ import annotations

from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import create_engine
from sqlalchemy import select
from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import sessionmaker
from werkzeug.datastructures import MultiDict

from cbv import CBV
from cbv import CreateView
from cbv import DeleteView
from cbv import DetailView
from cbv import FilterMixin
from cbv import ImproperlyConfigured
from cbv import InlineFormSetFactory
from cbv import KeysetPaginator
from cbv import ListView
from cbv import ModelFormSetView
from cbv import UpdateView
from cbv import UpdateWithInlinesView
from cbv import View
from cbv.auth import AbstractUserMixin
from cbv.auth import authenticate
from cbv.auth import current_user_id
from cbv.auth import PasswordChangeForm
from cbv.auth import permission_required
from cbv.auth import PermissionRequiredMixin
from cbv.auth import user_model
from cbv.auth import UserMixin
from cbv.auth.backend import email_field
from cbv.auth.backend import load_user
from cbv.auth.backend import user_named
from cbv.auth.backend import users_like
from cbv.testing import Client
from cbv.testing import count_queries
from support.account_site import counted_hashes
from support.account_site import make_site
from support.account_site import PASSWORD
from support.library_models import Author
from support.library_models import Book
from support.library_models import User

pytest_plugins = ["support.account_fixtures"]


@pytest.fixture
def context(site):
    """An application context of ``site``."""
    with site.app_context():
        yield site


class Base(DeclarativeBase):
    pass


class Pair(UserMixin, Base):
    """Whose key has two columns."""

    __tablename__ = "pair"
    realm: Mapped[str] = mapped_column(String(10), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(20))


class Named(UserMixin, Base):
    """Whose key is a text, and whose columns are partly its own."""

    __tablename__ = "named"
    username: Mapped[str] = mapped_column(String(60), primary_key=True)
    password_hash: Mapped[str | None] = mapped_column("pw", String(300))
    is_active: Mapped[bool] = mapped_column("enabled", default=False)


class Uuid(UserMixin, Base):
    __tablename__ = "by_uuid"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(20))


class Brought(AbstractUserMixin, Base):
    """A table that was there: its password is called so, and short."""

    __tablename__ = "brought"
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(20))
    password: Mapped[str] = mapped_column(String(128))


class Lacking(AbstractUserMixin, Base):
    """Without any password."""

    __tablename__ = "lacking"
    id: Mapped[int] = mapped_column(primary_key=True)


@pytest.fixture
def other():
    """Make an application for another user class, with a table of it in memory."""
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    made = sessionmaker(engine, expire_on_commit=False)

    def make(model, *users, **config):
        site = make_site(made, model, **config)
        with site.app_context(), made.begin() as session:
            for user in users:
                user.set_password(PASSWORD)
                session.add(user)
        return site

    yield make
    engine.dispose()


# --- the mixins -----------------------------------------------------------------------


def test_user_mixin_brings_the_columns_of_the_contract():
    """With their types and defaults."""
    columns = User.__table__.columns
    assert columns["password_hash"].type.length == 255
    assert columns["password_hash"].nullable
    assert columns["last_login"].nullable
    assert columns["is_active"].default.arg is True
    assert columns["session_epoch"].default.arg == 0


def test_a_column_that_the_class_declares_wins():
    """Under whatever name in the table."""
    columns = Named.__table__.columns
    assert columns["pw"].type.length == 300
    assert columns["enabled"].default.arg is False
    assert "password_hash" not in columns
    assert "session_epoch" in columns


def test_abstract_user_mixin_brings_no_column():
    """It is for a table that exists."""
    assert set(Brought.__table__.columns.keys()) == {"id", "username", "password"}


def test_a_new_user_has_no_password(context):
    """None matches, not even an empty one."""
    user = User(username="new")
    assert not user.has_usable_password()
    for guess in ("", "None", PASSWORD):
        assert not user.check_password(guess)


def test_a_password_is_set_and_checked(context):
    """It is stored as a hash."""
    user = User()
    user.set_password(PASSWORD)
    assert user.has_usable_password()
    assert user.check_password(PASSWORD)
    assert not user.check_password(PASSWORD.upper())
    assert PASSWORD not in user.password_hash


@pytest.mark.parametrize("spoil", ["set_unusable_password", "set_password"])
def test_a_password_can_be_made_unusable(context, spoil):
    """By name, or by None."""
    user = User()
    user.set_password(PASSWORD)
    getattr(user, spoil)(*([None] if spoil == "set_password" else []))
    assert user.password_hash.startswith("!")
    assert not user.has_usable_password()
    assert not user.check_password(PASSWORD)


def test_a_brought_column_gets_a_hash_that_fits(other):
    """And a right login that finds it costs one hash, not a second one in vain."""
    site = other(Brought, Brought(username="ann"), CBV_PASSWORD_METHOD="scrypt:16:8:1")
    with site.test_request_context(), counted_hashes() as made:
        user = authenticate("ann", PASSWORD)
        assert user.password.startswith("pbkdf2:sha256:")
        assert len(user.password) <= 128
    assert len(made) == 1


@pytest.mark.parametrize("name", ["ann", "nobody", "una"])
def test_a_hash_in_vain_is_of_the_kind_that_the_column_holds(other, name):
    """Else its time would tell who exists."""
    una = Brought(username="una")
    site = other(Brought, Brought(username="ann"), una, CBV_PASSWORD_METHOD="scrypt")
    with site.test_request_context(), counted_hashes() as made:
        if name == "una":
            user_named("una").set_unusable_password()
        assert authenticate(name, "a guess") is None
    assert made == ["pbkdf2_hmac"]


def test_a_class_that_checks_passwords_itself_needs_no_column(site, monkeypatch):
    """One that asks a directory, say."""

    class Elsewhere:
        is_active = True

        def check_password(self, password):
            return password == "right"

    monkeypatch.setitem(site.extensions, "cbv.user_model", Elsewhere)
    found = {"ann": Elsewhere()}
    monkeypatch.setattr("cbv.auth.session.user_named", found.get)
    with site.app_context(), counted_hashes() as made:
        assert authenticate("ann", "right") is found["ann"]
        assert authenticate("ann", "wrong") is None
        assert authenticate("nobody", "right") is None
    assert len(made) == 1


def test_a_class_without_a_password_column_says_what_to_map(context):
    """The error names the class and the cures."""
    with pytest.raises(ImproperlyConfigured, match=r"Lacking.*UserMixin.*password"):
        Lacking().set_password(PASSWORD)


@pytest.mark.parametrize("name", ["ann", "nobody"])
def test_no_password_is_none_of_a_user(context, ann, name):
    """A form without the field: one hash in every case, as for a wrong one."""
    assert not ann.check_password(None)
    assert not User().check_password(None)
    with counted_hashes() as made:
        assert authenticate(name, None) is None
    assert len(made) == 1


def test_no_name_is_nobodys(context, ann):
    """Also where a column of names may be NULL."""
    context.config["CBV_USERNAME_FIELD"] = "email"
    ann.email = None
    with counted_hashes() as made:
        assert authenticate(None, PASSWORD) is None
    assert len(made) == 1


# --- a check whose answer is a coroutine ----------------------------------------------


async def always(*args):
    return False


def test_an_async_check_of_the_password_lets_nobody_in(context, ann, monkeypatch):
    """Its coroutine would be true for every password."""
    monkeypatch.setattr(User, "check_password", always)
    with pytest.raises(ImproperlyConfigured, match=r"User.*async.*plain function"):
        authenticate("ann", PASSWORD)
    form = PasswordChangeForm(
        MultiDict({"old_password": "x", "new_password1": "y", "new_password2": "y"}),
        user=ann,
    )
    with context.test_request_context():
        with pytest.raises(ImproperlyConfigured, match=r"User.*async.*plain function"):
            form.validate()


@pytest.mark.parametrize("hook", ["has_perm", "has_perms"])
def test_an_async_check_of_permissions_lets_nobody_in(site, ann, monkeypatch, hook):
    """In the mixin and in the decorator."""
    monkeypatch.setattr(User, hook, always)

    class Page(PermissionRequiredMixin, View):
        permission_required = "read"

        def get(self, **kwargs):
            return "secret"

    site.add_url_rule("/view/", view_func=Page.as_view())
    decorated = permission_required("read")(lambda: "secret")
    site.add_url_rule("/function/", "function", decorated)
    client = site.test_client()
    client.force_login(ann)
    for path in ("/view/", "/function/"):
        with pytest.raises(ImproperlyConfigured, match=r"User.*async.*plain function"):
            client.get(path)


# --- permissions ----------------------------------------------------------------------


@pytest.fixture
def granted(monkeypatch):
    """A user who may read."""
    monkeypatch.setattr(User, "get_all_permissions", lambda self: ["read", "list"])
    return User(is_active=True)


def test_permissions_are_those_of_the_hook(granted):
    """Every one that is asked for must be there."""
    assert granted.has_perm("read")
    assert granted.has_perms(["read", "list"])
    assert granted.has_perms([])
    assert not granted.has_perm("write")
    assert not granted.has_perms(("read", "write"))


def test_by_default_a_user_has_none():
    """Nothing is assumed."""
    assert not User(is_active=True).has_perm("read")


def test_an_inactive_user_has_none(granted):
    """Superusers neither."""
    granted.is_active = False
    granted.is_superuser = True
    assert not granted.has_perm("read")


def test_a_superuser_has_all(granted):
    """While active."""
    granted.is_superuser = True
    assert granted.has_perms(["read", "anything"])


def test_one_name_in_place_of_a_list_is_refused(granted):
    """Its letters would be taken for permissions."""
    with pytest.raises(TypeError, match="list of names"):
        granted.has_perms("read")


# --- ids ------------------------------------------------------------------------------


def test_an_id_is_the_key_and_a_stamp(context, ann):
    """Which changes with the password, the epoch, and nothing else."""
    key, stamp = ann.get_id().split("~")
    assert (key, len(stamp)) == (str(ann.id), 40)
    ann.email = "other@mail.test"
    assert ann.get_id() == f"{key}~{stamp}"
    for name, value in (("password_hash", "x"), ("session_epoch", 1)):
        before = ann.get_id()
        setattr(ann, name, value)
        assert ann.get_id() != before


def test_a_stamp_needs_a_secret(db, ann):
    """The error says which setting."""
    site = make_site(db, SECRET_KEY=None)
    with site.app_context():
        with pytest.raises(ImproperlyConfigured, match="SECRET_KEY"):
            ann.get_id()


def test_the_secret_may_be_bytes(db, ann):
    """As Flask allows."""
    ids = set()
    for secret in ("key", b"key"):
        with make_site(db, SECRET_KEY=secret).app_context():
            ids.add(ann.get_id())
    assert len(ids) == 1


@pytest.mark.parametrize(
    ("user", "key"),
    [
        (Pair(realm="a~b", number=7, username="ann"), "a~b,7"),
        (Pair(realm="a,b", number=7, username="ann"), "a%2Cb,7"),
        (Pair(realm="%2C,", number=7, username="ann"), "%252C%2C,7"),
        (Named(username="ann~1", is_active=True), "ann~1"),
        (Named(username="a,b", is_active=True), "a,b"),
        (Uuid(id=UUID(int=5), username="ann"), str(UUID(int=5))),
        (Brought(id=5, username="ann"), "5"),
    ],
)
def test_every_kind_of_key_comes_back(other, user, key):
    """Of two columns, a text with our own signs, a UUID; no epoch needed."""
    site = other(type(user), user)
    site.test_client_class = Client
    with site.app_context():
        found = load_user(key)
        assert found.username == user.username
        assert found.get_id().startswith(f"{key}~")
        client = site.test_client()
        identity = found.get_id()
    with client.session_transaction() as session:
        session["_user_id"] = identity
    assert client.get("/who/").text == user.username


@pytest.mark.parametrize(
    "key",
    ["", "0", "-1", "1.0", "abc", "9" * 30, " 1", "1\0", "\u0661", "1,2", "\ud800"],
)
def test_a_key_that_is_none_is_nobody(context, ann, key):
    """Alike on every database: never an error; what cannot be one asks nothing."""
    with count_queries() as asked:
        assert load_user(key) is None
    assert len(asked) == (key in ("0", "-1"))


@pytest.mark.parametrize(
    "key", ["x", "x,1,2", "x,y", ",", "x,1", "r%2C1", "%FF,1", "%00,1", "%,1"]
)
def test_a_key_of_two_columns_needs_both(other, key):
    """In their order."""
    with other(Pair, Pair(realm="r", number=1, username="ann")).app_context():
        assert load_user(key) is None


# --- finding --------------------------------------------------------------------------


def test_finding_a_user_is_one_statement(context, ann):
    """By key or by name."""
    with count_queries(2):
        assert user_named("ann") is ann
        assert load_user(str(ann.id)) is ann


@pytest.mark.parametrize("name", ["", "Ann", "ann ", "a" * 151, "a\0", "%", "nobody"])
def test_a_name_is_itself_and_nothing_like_it(context, ann, name):
    """What the column cannot hold asks nothing."""
    assert user_named(name) is None


def test_a_name_that_several_have_is_nobodys(db, context, add_user):
    """Where mail addresses are names and the table does not keep them apart."""
    context.config["CBV_USERNAME_FIELD"] = "password_hash"
    db.add_all([User(username=name, password_hash="same") for name in ("a", "b")])
    db.commit()
    assert user_named("same") is None


def test_users_may_log_in_by_another_column(context, ann):
    """CBV_USERNAME_FIELD."""
    context.config["CBV_USERNAME_FIELD"] = "email"
    assert authenticate("ann@mail.test", PASSWORD) is ann
    assert authenticate("ann", PASSWORD) is None


def test_a_wrong_username_field_is_refused(context):
    """The error names the setting."""
    context.config["CBV_USERNAME_FIELD"] = "nick"
    with pytest.raises(ImproperlyConfigured, match=r"User.*'nick'.*CBV_USERNAME_FIELD"):
        user_named("ann")


def test_without_a_user_class_the_error_says_where_to_pass_it(app):
    """To CBV."""
    with app.app_context():
        with pytest.raises(ImproperlyConfigured, match=r"user_model=.*user_loader"):
            user_model()


def test_the_user_class_is_the_one_that_cbv_was_given(context):
    """Django's get_user_model."""
    assert user_model() is User
    assert email_field() == "email"
    context.config["CBV_EMAIL_FIELD"] = "mail"
    assert email_field() is None


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("ann@mail.test", True),
        ("ANN@Mail.Test", True),
        ("ann@mail.test ", False),
        ("%@mail.test", False),
        ("ann_mail.test", False),
        ("\u0430nn@mail.test", False),  # a Cyrillic a
        ("a" * 300, False),
        ("ann@mail.test\0", False),
    ],
)
def test_mail_addresses_are_compared_without_case_only(context, ann, asked, found):
    """Nothing that merely looks alike (CVE-2019-19844)."""
    assert users_like("email", asked) == ([ann] if found else [])


def test_a_dotless_i_is_another_letter(context, add_user):
    """Upper case makes it an I; nobody's mail is sent there."""
    mike = add_user("mike")
    assert users_like("email", "m\u0131ke@mail.test") == []
    assert users_like("email", "MIKE@mail.test") == [mike]


def test_addresses_without_ascii_are_found_on_every_database(context, add_user):
    """Whose lower() may know ASCII alone."""
    user = add_user("z", email="Zo\xcb@mail.test")
    assert users_like("email", "Zo\xcb@mail.test") == [user]


# --- an application without a database ------------------------------------------------


def test_an_application_without_users_has_anonymous_visitors():
    """CBV(app) alone."""
    app = Flask("plain")
    app.secret_key = "test"
    CBV(app)
    app.add_url_rule("/", "who", lambda: str(app.login_manager is not None))
    assert app.test_client().get("/").text == "True"


# --- pages that depend on the user without a guard ------------------------------------

MINE = Book.owner_id == current_user_id
MINE_ALONE = {"scope": MINE, "success_url": "/"}
EDITED = {**MINE_ALONE, "fields": ["title"]}


class FilteredList(FilterMixin, ListView):
    pass


class OwnBooks(InlineFormSetFactory):
    model = Book
    fields = ("title",)
    scope = MINE


def mine(view_class, **attributes):
    """Return a view of the user's own books, without a guard."""
    return type("Mine", (view_class,), {"model": Book, **attributes})


@pytest.mark.parametrize(
    "view_class",
    [
        mine(ListView, scope=MINE),
        mine(ListView, scope=MINE, paginate_by=1),
        mine(ListView, scope=MINE, paginate_by=1, paginator_class=KeysetPaginator),
        mine(ListView, queryset=select(Book).where(MINE)),
        mine(FilteredList, scope=MINE, filter_fields=["author_id"]),
        mine(DetailView, scope=MINE),
        mine(DetailView, get_queryset=lambda self: select(Book).where(MINE)),
        mine(CreateView, **EDITED),
        mine(UpdateView, **EDITED),
        mine(DeleteView, **MINE_ALONE),
        mine(ModelFormSetView, **EDITED),
        mine(
            CreateView,
            fields=["owner_id"],
            choices={"owner_id": select(User).where(User.id == current_user_id)},
            success_url="/",
        ),
        mine(
            UpdateWithInlinesView,
            model=Author,
            fields=["name"],
            inlines=[OwnBooks],
            success_url="/",
        ),
    ],
)
@pytest.mark.parametrize("verb", ["get", "head"])
def test_a_page_that_asks_for_the_current_user_id_is_private(
    db, site, ann, view_class, verb
):
    """Wherever it asks: rows, one object, a new row, choices, formsets, inlines."""
    author = Author(name="x")
    book = Book(title="a", owner=ann, author=author)
    db.add(book)
    db.commit()
    pk = author.id if view_class.model is Author else book.id
    site.add_url_rule("/<int:pk>/", view_func=view_class.as_view())
    client = site.test_client()
    client.force_login(ann)
    response = getattr(client, verb)(f"/{pk}/")
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "private, no-store"
    assert "Cookie" in response.headers["Vary"]


def test_a_page_that_asks_for_no_user_stays_cacheable(db, site, ann):
    """The other pages of the same application."""
    site.add_url_rule("/", view_func=mine(ListView).as_view())
    client = site.test_client()
    client.force_login(ann)
    assert "Cache-Control" not in client.get("/").headers

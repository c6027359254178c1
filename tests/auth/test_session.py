"""What logging in and out does to the session, and when a session ends."""

from __future__ import annotations

from datetime import timedelta

import flask_login
import pytest
from flask import abort
from flask import Flask
from flask import render_template_string
from flask import session
from flask_login import current_user
from flask_login import login_fresh
from flask_login import LoginManager
from flask_login import user_logged_out
from flask_login.utils import encode_cookie
from flask_wtf.csrf import generate_csrf
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import update
from sqlalchemy.orm import Session
from werkzeug.middleware.proxy_fix import ProxyFix

from cbv import CBV
from cbv import ImproperlyConfigured
from cbv import ListView
from cbv import View
from cbv.auth import AbstractUserMixin
from cbv.auth import authenticate
from cbv.auth import current_user_id
from cbv.auth import login
from cbv.auth import LoginView
from cbv.auth import logout
from cbv.auth import logout_everywhere
from cbv.auth import RememberAuthenticationForm
from cbv.auth import update_session_auth_hash
from cbv.db import on_commit
from cbv.exceptions import UnsavedChangesWarning
from cbv.testing import Client
from cbv.testing import count_queries
from support.account_site import log_in
from support.account_site import make_site
from support.account_site import PASSWORD
from support.account_site import who
from support.library_models import Book
from support.library_models import User

pytest_plugins = ["support.account_fixtures"]


def held(client):
    """Return what the session of a client holds."""
    with client.session_transaction() as kept:
        return dict(kept)


def put(client, **values):
    with client.session_transaction() as kept:
        kept.update(values)


def route(app, function, rule="/do/", **options):
    app.add_url_rule(rule, rule, function, methods=["GET", "POST"], **options)


def change_password(db, user, password="another one"):
    """Change it behind the back of every session."""
    with make_site(db).app_context():
        user.set_password(password)
    db.commit()


# --- login() --------------------------------------------------------------------------


def test_what_a_visitor_had_is_kept(guest, ann):
    """A cart filled before logging in."""
    put(guest, cart=[1])
    log_in(guest)
    assert held(guest)["cart"] == [1]


def test_the_same_user_keeps_the_session(guest, ann):
    """Logging in once more."""
    log_in(guest)
    put(guest, cart=[1])
    log_in(guest)
    assert held(guest)["cart"] == [1]


def test_another_user_starts_empty(guest, ann, add_user):
    """Nothing of the first is left."""
    add_user("bob")
    log_in(guest)
    put(guest, cart=[1])
    log_in(guest, "bob")
    assert "cart" not in held(guest)
    assert who(guest) == "bob"


def test_a_session_of_an_old_password_starts_empty(db, guest, ann):
    """Somebody else may have had it."""
    log_in(guest)
    put(guest, cart=[1])
    change_password(db, ann)
    log_in(guest, password="another one")
    assert "cart" not in held(guest)
    assert who(guest) == "ann"


def test_a_session_signed_with_an_old_secret_is_the_same_users(db, guest, ann):
    """SECRET_KEY_FALLBACKS: nothing of the user's was changed."""
    log_in(guest)
    put(guest, cart=[1])
    guest.application.config.update(SECRET_KEY="new", SECRET_KEY_FALLBACKS=["test"])
    log_in(guest)
    assert held(guest)["cart"] == [1]


def test_the_csrf_token_of_before_is_dropped(guest, ann):
    """Whoever planted it knows it."""
    put(guest, csrf_token="planted")
    log_in(guest)
    assert "csrf_token" not in held(guest)


def test_login_notes_the_time(db, guest, ann):
    """In last_login."""
    assert ann.last_login is None
    log_in(guest)
    db.expire_all()
    assert ann.last_login is not None


def test_login_in_a_function_view_saves_what_it_writes(db, site, ann):
    """No dispatcher commits there."""

    def enter():
        user = authenticate("ann", PASSWORD)
        return str(login(user))

    route(site, enter)
    assert site.test_client().post("/do/").text == "True"
    db.rollback()
    db.expire_all()
    assert ann.last_login is not None


def test_login_in_a_view_is_saved_or_lost_with_it(db, site, ann):
    """The dispatcher decides."""

    class Enter(View):
        def post(self):
            login(db.get(User, ann.id))
            abort(409)

    site.add_url_rule("/enter/", view_func=Enter.as_view())
    site.test_client().post("/enter/")
    db.expire_all()
    assert ann.last_login is None


def test_an_inactive_user_is_not_logged_in(site, add_user):
    """And the session stays as it is."""
    ina = add_user("ina", is_active=False)
    route(site, lambda: str(login(ina)))
    client = site.test_client()
    put(client, cart=[1])
    assert client.post("/do/").text == "False"
    assert held(client) == {"cart": [1]}


def test_a_user_that_was_never_saved_is_refused(site):
    """Its key is not known yet."""
    with site.test_request_context():
        with pytest.raises(ValueError, match=r"no key yet.*save"):
            login(User(username="new", is_active=True))
        assert not session


def test_login_unwraps_the_proxy(site, ann):
    """login(current_user) is the user, not the proxy."""
    route(site, lambda: str(login(current_user) and type(current_user.last_login)))
    client = site.test_client()
    client.force_login(ann)
    assert "datetime" in client.post("/do/").text


def test_a_user_class_of_another_library_logs_in(guest):
    """One without last_login, key or stamp."""

    class Foreign(flask_login.UserMixin):
        id = "7"

    app = guest.application
    route(app, lambda: str(login(Foreign())))
    client = app.test_client()
    put(client, cart=[1])
    for _ in range(2):
        assert client.post("/do/").text == "True"
    assert held(client)["_user_id"] == "7"
    assert held(client)["cart"] == [1]


# --- logout() -------------------------------------------------------------------------


def test_after_logout_nobody_is_there_and_nothing_is_left(site, ann):
    """In the same request already."""

    def leave():
        before = current_user.username
        logout()
        return f"{before} {current_user.is_authenticated} {dict(session)}"

    route(site, leave)
    client = site.test_client()
    log_in(client)
    put(client, cart=[1], csrf_token="x")
    assert client.post("/do/").text == "ann False {}"
    assert held(client) == {}


def test_the_signal_of_logout_knows_who_left(guest, ann):
    """Flask-Login's."""
    log_in(guest)
    left = []

    def note(sender, user):
        left.append(user.username)

    with user_logged_out.connected_to(note, guest.application):
        guest.post("/logout/")
    assert left == ["ann"]


def test_a_copy_of_a_signed_cookie_outlives_its_logout(guest, ann):
    """Why there is CBV_LOGOUT_EVERYWHERE."""
    log_in(guest)
    copy = guest.get_cookie("session").value
    guest.post("/logout/")
    guest.set_cookie("session", copy)
    assert who(guest) == "ann"


def test_logout_everywhere_by_setting_ends_the_copy_too(db, add_user):
    """And every other session of this user."""
    site = make_site(db, CBV_LOGOUT_EVERYWHERE=True)
    add_user()
    add_user("bob")
    client, phone, bob = (site.test_client() for _ in range(3))
    log_in(client)
    log_in(phone)
    log_in(bob, "bob")
    copy = client.get_cookie("session").value
    client.post("/logout/")
    client.set_cookie("session", copy)
    assert [who(c) for c in (client, phone, bob)] == ["", "", "bob"]


def test_a_stranger_can_log_out_under_that_setting(db):
    """Nobody's epoch is raised."""
    site = make_site(db, CBV_LOGOUT_EVERYWHERE=True)
    assert site.test_client().post("/logout/").status_code == 200


# --- logout_everywhere() --------------------------------------------------------------


def test_logout_everywhere_in_a_function_view_saves_itself(db, site, ann):
    """Every session ends, this one included."""
    route(site, lambda: str(logout_everywhere(current_user)))
    clients = [site.test_client(), site.test_client()]
    for client in clients:
        log_in(client)
    clients[0].post("/do/")
    db.rollback()
    assert [who(client) for client in clients] == ["", ""]


def test_logout_everywhere_in_a_command_saves_itself(db, site, guest, ann):
    """Outside any request."""
    log_in(guest)
    with site.app_context():
        logout_everywhere(ann)
    db.rollback()
    assert who(guest) == ""


@pytest.mark.parametrize(("status", "name"), [(200, ""), (409, "ann")])
def test_logout_everywhere_in_a_view_is_saved_or_lost_with_it(
    db, site, guest, ann, status, name
):
    """The dispatcher decides."""

    class Leave(View):
        def post(self):
            logout_everywhere(self.user)
            return "", status

    site.add_url_rule("/leave/", view_func=Leave.as_view())
    client = site.test_client()
    log_in(client)
    log_in(guest)
    client.post("/leave/")
    db.rollback()
    assert who(guest) == name


def test_logout_everywhere_after_the_commit_saves_itself(db, site, guest, ann):
    """No dispatcher will, once the view has ended."""

    class Later(View):
        def post(self, **kwargs):
            on_commit(lambda: logout_everywhere(ann))
            return ""

    site.add_url_rule("/later/", view_func=Later.as_view())
    log_in(guest)
    site.test_client().post("/later/")
    db.rollback()
    assert who(guest) == ""


def test_logout_everywhere_by_get_is_not_saved_and_warns(db, site, guest, ann):
    """As every write in a safe verb."""

    class Leave(View):
        def get(self):
            logout_everywhere(self.user)
            return ""

    site.add_url_rule("/leave/", view_func=Leave.as_view())
    client = site.test_client()
    log_in(client)
    with pytest.warns(UnsavedChangesWarning, match="Leave"):
        client.get("/leave/")
    assert who(client) == "ann"


def test_logout_everywhere_needs_the_epoch(site):
    """The error says which column."""

    class Plain:
        pass

    with site.test_request_context():
        with pytest.raises(ImproperlyConfigured, match=r"Plain.*session_epoch.*UserM"):
            logout_everywhere(Plain())


# --- what ends a session --------------------------------------------------------------


def test_a_new_password_ends_every_session(db, guest, ann):
    """What they held is gone as well, so that nobody finds it."""
    log_in(guest)
    put(guest, cart=[1])
    change_password(db, ann)
    assert who(guest) == ""
    assert held(guest) == {}


def test_update_session_auth_hash_keeps_this_one(db, site, ann):
    """With another CSRF token."""

    def change():
        current_user.set_password("another one")
        db.commit()
        update_session_auth_hash(current_user)
        return ""

    route(site, change)
    client, phone = site.test_client(), site.test_client()
    for each in (client, phone):
        log_in(each)
    put(client, cart=[1], csrf_token="old")
    client.post("/do/")
    assert (who(client), who(phone)) == ("ann", "")
    assert held(client)["cart"] == [1]
    assert "csrf_token" not in held(client)


@pytest.mark.parametrize("admin", ["root", None])
def test_update_session_auth_hash_makes_nobody_another_user(
    db, site, add_user, ann, admin
):
    """An administrator sets the password of somebody else; so may a stranger's page."""
    add_user("root")

    def change():
        ann.set_password("another one")
        db.commit()
        update_session_auth_hash(ann)
        return ""

    route(site, change)
    client = site.test_client()
    if admin:
        log_in(client, admin)
    put(client, cart=[1])
    client.post("/do/")
    assert who(client) == (admin or "")
    assert held(client)["cart"] == [1]


def test_update_session_auth_hash_knows_its_user_by_the_key(db, site, ann):
    """The object may come from another database session."""

    def change():
        assert current_user.is_authenticated
        with Session(db.get_bind()) as other:
            user = other.get(User, ann.id)
            user.set_password("another one")
            other.commit()
            update_session_auth_hash(user)
        return ""

    route(site, change)
    client = site.test_client()
    log_in(client)
    client.post("/do/")
    db.expire_all()
    assert who(client) == "ann"


def test_an_inactive_user_is_nobody_from_the_next_request_on(db, guest, ann):
    """Until active again."""
    log_in(guest)
    for active, name in ((False, ""), (True, "ann")):
        db.execute(update(User).values(is_active=active))
        db.commit()
        db.expire_all()
        assert who(guest) == name


def test_a_deleted_user_is_nobody(db, guest, ann):
    """And no error."""
    log_in(guest)
    db.delete(ann)
    db.commit()
    assert who(guest) == ""
    assert held(guest) == {}


def test_a_new_secret_ends_sessions_unless_the_old_one_is_named(db, ann):
    """SECRET_KEY_FALLBACKS, for Flask's cookie and the stamp within."""
    site = make_site(db)
    client = site.test_client()
    log_in(client)
    site.config.update(SECRET_KEY="new", SECRET_KEY_FALLBACKS=["older", "test"])
    assert who(client) == "ann"
    site.config["SECRET_KEY_FALLBACKS"] = None
    assert who(client) == ""


def test_a_stamp_by_another_secret_is_refused(db, site, ann):
    """Were the cookie's own signature known, say."""
    with make_site(db, SECRET_KEY="other").app_context():
        stamped = ann.get_id()
    client = site.test_client()
    put(client, _user_id=stamped)
    assert who(client) == ""


@pytest.mark.parametrize("cookie", ["", "x", "e30.x.y", "\u00ff", "a" * 5000])
def test_a_cookie_that_cannot_be_read_is_nobody(site, cookie):
    """Never an error."""
    client = site.test_client()
    response = client.get("/who/", headers={"Cookie": f"session={cookie}"})
    assert (response.status_code, response.text) == (200, "")


def test_a_cookie_for_another_purpose_is_nobody(site, ann):
    """Each has its own salt."""
    with site.app_context():
        forged = URLSafeTimedSerializer("test", salt="wtf-csrf-token").dumps(
            {"_user_id": ann.get_id()}
        )
    client = site.test_client()
    client.set_cookie("session", forged)
    assert who(client) == ""


def test_a_form_beside_a_stale_session_can_be_sent(db, ann):
    """Its token was made before anybody asked who is there."""
    site = make_site(db, WTF_CSRF_ENABLED=True)

    def page():
        return f"{generate_csrf()} {current_user.is_authenticated}"

    route(site, page)
    client = site.test_client()
    client.force_login(ann)
    put(client, cart=[1])
    change_password(db, ann)
    token, there = client.get("/do/").text.split()
    assert there == "False"
    assert held(client).keys() == {"csrf_token"}
    answer = log_in(client, password="another one", csrf_token=token)
    assert answer.status_code == 303


# --- the application's own manager and loader -----------------------------------------


def own_manager(app, db):
    """Install a LoginManager as an application does; note the ids it is asked for."""
    asked = []
    manager = LoginManager(app)

    @manager.user_loader
    def load(key):
        asked.append(key)
        return db.get(User, int(key))

    return manager, asked


@pytest.mark.parametrize("first", ["cbv", "manager"])
def test_an_own_manager_is_kept_whichever_came_first(db, ann, first):
    """Its loader is asked for the key alone; cbv checks the stamp."""
    app = Flask("own")
    app.config.update(TESTING=True, SECRET_KEY="test")
    app.test_client_class = Client
    if first == "cbv":
        CBV(app, session=db, user_model=User)
    manager, asked = own_manager(app, db)
    if first == "manager":
        CBV(app, session=db, user_model=User)
    route(app, lambda: getattr(current_user, "username", ""), "/who/")
    client = app.test_client()
    client.force_login(ann)
    assert who(client) == "ann"
    assert app.login_manager is manager
    assert asked == [str(ann.id)]
    change_password(db, ann)
    assert who(client) == ""


def test_a_loader_set_after_the_first_request_is_kept_too(db, site, guest, ann):
    """It is looked for anew each time."""
    log_in(guest)
    assert who(guest) == "ann"
    site.login_manager.user_loader(lambda key: None)
    assert who(guest) == ""


@pytest.mark.parametrize(
    "identity",
    ["1~2", "a" * 40, "x~" + "f" * 39, "x~" + "\u00e9" * 40, "~", 7],
)
def test_an_id_without_a_stamp_goes_through_whole(site, identity):
    """Whatever the application puts there."""
    asked = []
    site.login_manager.user_loader(asked.append)
    client = site.test_client()
    put(client, _user_id=identity)
    assert who(client) == ""
    assert asked == [identity]


def bare_session(site, user):
    """Return a client whose session is from before cbv."""
    client = site.test_client()
    put(client, _user_id=str(user.id), _fresh=True, cart=[1])
    return client


def bare_cookie(site, user):
    """Return a client whose remember cookie is from before cbv."""
    client = site.test_client()
    with site.app_context():
        client.set_cookie("remember_token", encode_cookie(str(user.id)))
    put(client, cart=[1])
    return client


@pytest.mark.parametrize("make", [bare_session, bare_cookie])
@pytest.mark.parametrize("own", [False, True])
def test_an_id_without_a_stamp_is_nobody_of_cbvs_users(db, site, ann, make, own):
    """It is signed, but would survive a new password: the session is emptied."""
    if own:
        site.login_manager.user_loader(lambda key: db.get(User, int(key)))
    site.testing = False
    client = make(site, ann)
    assert who(client) == ""
    assert held(client) == {}
    assert client.get_cookie("remember_token") is None
    log_in(client)
    assert who(client) == "ann"


def test_the_tests_of_an_application_may_use_a_bare_id(site, ann):
    """In the session alone, as Flask-Login's client does."""
    assert who(bare_session(site, ann)) == "ann"
    assert who(bare_cookie(site, ann)) == ""


def test_flask_logins_own_login_stores_the_stamp(db, site, ann):
    """An application that calls it with one of cbv's users."""
    site.testing = False
    route(site, lambda: str(flask_login.login_user(ann, remember=True)))
    client = site.test_client()
    client.post("/do/")
    assert who(client) == "ann"
    client.delete_cookie("session")
    assert who(client) == "ann"
    change_password(db, ann)
    assert who(client) == ""


def test_a_user_class_whose_id_has_no_stamp_is_refused(site):
    """Its sessions would be nobody's: when the class is made, or at the login."""
    with pytest.raises(ImproperlyConfigured, match=r"Hidden.*Flask-Login.*first"):
        type("Hidden", (flask_login.UserMixin, AbstractUserMixin), {})
    type("Shown", (AbstractUserMixin, flask_login.UserMixin), {})
    plain = type("Plain", (AbstractUserMixin,), {"get_id": lambda self: "1"})
    with site.test_request_context():
        with pytest.raises(ImproperlyConfigured, match=r"Plain.*get_id.*super"):
            login(plain())
        assert dict(session) == {}


def test_a_user_of_another_class_needs_no_stamp(site):
    """Even where its id looks like one of ours."""

    class Foreign(flask_login.UserMixin):
        username = "foreign"

    site.login_manager.user_loader(lambda key: Foreign())
    client = site.test_client()
    put(client, _user_id="1~" + "f" * 40)
    assert who(client) == "foreign"


def test_a_request_loader_is_left_alone(site):
    """For tokens in a header, say."""

    class Robot(flask_login.UserMixin):
        username = "robot"

    site.login_manager.request_loader(
        lambda request: Robot() if "X-Key" in request.headers else None
    )
    client = site.test_client()
    assert client.get("/who/", headers={"X-Key": "1"}).text == "robot"
    assert who(client) == ""


# --- current_user ---------------------------------------------------------------------


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize(
    ("template", "statements"),
    [
        ("hello", 0),
        ("{{ current_user.username }}", 1),
        ("{{ current_user.username }} {{ current_user.email }}", 1),
    ],
)
def test_a_page_loads_its_user_only_if_it_names_one(db, ann, own, template, statements):
    """current_user is lazy in templates, the application's own manager or not."""
    site = make_site(db)
    if own:
        own_manager(site, db)
    route(site, lambda: render_template_string(template))
    client = site.test_client()
    client.force_login(ann)
    db.expire_all()
    with count_queries(statements):
        client.get("/do/")
    db.expunge_all()


def test_current_user_id_scopes_rows_to_their_owner(db, site, ann, add_user):
    """And to nobody's for a stranger: NULL equals nothing."""
    bob = add_user("bob")
    db.add_all(
        [Book(title=name, owner=user) for name, user in (("a", ann), ("b", bob))]
    )
    db.add(Book(title="nobody's"))
    db.commit()

    class Mine(ListView[Book]):
        scope = Book.owner_id == current_user_id

    site.add_url_rule("/mine/", view_func=Mine.as_view())
    seen = {}
    for user in (None, ann, bob):
        client = site.test_client()
        if user is not None:
            client.force_login(user)
        listed = client.get("/mine/").context["object_list"]
        seen[user and user.username] = [book.title for book in listed]
    assert seen == {None: [], "ann": ["a"], "bob": ["b"]}


def test_current_user_id_outside_flask_login_is_null(db):
    """An application without cbv has no user."""
    with Flask("bare").app_context():
        assert current_user_id.effective_value is None


# --- the remember cookie --------------------------------------------------------------


@pytest.fixture
def remembered(site, ann):
    """A client that ticked the box, and came back with a new session."""
    return come_back(site)


def come_back(site, base_url="http://localhost"):
    view = LoginView.as_view("enter", authentication_form=RememberAuthenticationForm)
    site.add_url_rule("/enter/", view_func=view)
    client = site.test_client()
    data = {"username": "ann", "password": PASSWORD, "remember": "y"}
    client.cookie = client.post("/enter/", data=data, base_url=base_url).headers.get(
        "Set-Cookie"
    )
    client.delete_cookie("session")
    return client


def test_who_is_remembered_is_there_but_not_fresh(site, remembered):
    """Flask-Login's third state."""
    assert who(remembered) == "ann"
    assert held(remembered)["_fresh"] is False


@pytest.mark.parametrize(
    ("base_url", "setting", "secure"),
    [
        ("http://localhost", None, False),
        ("https://localhost", None, True),
        ("http://localhost", True, True),
        ("https://localhost", False, False),
    ],
)
def test_the_cookie_is_lax_hidden_from_scripts_and_secure_on_https(
    db, add_user, base_url, setting, secure
):
    """Unless the settings say otherwise."""
    given = {} if setting is None else {"REMEMBER_COOKIE_SECURE": setting}
    site = make_site(db, **given)
    add_user()
    parts = come_back(site, base_url).cookie.split("; ")
    assert parts[0].startswith("remember_token=")
    assert {"HttpOnly", "SameSite=Lax"} < set(parts)
    assert ("Secure" in parts) is secure
    assert not any(part.startswith("Secure=") for part in parts)


def test_the_manager_of_the_application_keeps_its_own_cookie(db, add_user):
    """cbv changes nothing app-wide there."""
    app = Flask("own")
    own_manager(app, db)
    CBV(app, session=db, user_model=User)
    assert "REMEMBER_COOKIE_SAMESITE" not in app.config
    assert type(app.login_manager) is LoginManager


def test_a_new_password_ends_the_cookie(db, remembered, ann):
    """It is deleted from the browser too."""
    change_password(db, ann)
    assert who(remembered) == ""
    assert remembered.get_cookie("remember_token") is None
    assert held(remembered) == {}


def test_logout_ends_the_cookie(remembered):
    """In this browser."""
    assert who(remembered) == "ann"
    remembered.post("/logout/")
    assert remembered.get_cookie("remember_token") is None
    assert who(remembered) == ""


@pytest.mark.parametrize("spoil", [lambda v: v + "0", lambda v: "2" + v, lambda v: ""])
def test_a_tampered_cookie_remembers_nobody(remembered, spoil):
    """It is signed."""
    value = remembered.get_cookie("remember_token").value
    remembered.set_cookie("remember_token", spoil(value))
    assert who(remembered) == ""


def test_login_takes_how_long_to_remember(site, ann):
    """Flask-Login's ``remember`` and ``duration``."""
    route(site, lambda: str(login(ann, remember=True, duration=timedelta(days=2))))
    answer = site.test_client().post("/do/")
    assert "remember_token=" in answer.headers["Set-Cookie"]


def test_a_page_that_asks_for_no_user_does_not_vary_by_cookie(site, ann):
    """Shared caches may keep it."""
    route(site, lambda: "the same for all")
    answer = come_back(site).get("/do/")
    assert answer.text == "the same for all"
    assert "Vary" not in answer.headers
    assert "Set-Cookie" not in answer.headers


def test_the_cookie_is_renewed_with_each_request_where_configured(site, ann):
    """Flask-Login's REMEMBER_COOKIE_REFRESH_EACH_REQUEST."""
    site.config["REMEMBER_COOKIE_REFRESH_EACH_REQUEST"] = True
    route(site, lambda: "the same for all")
    client = come_back(site)
    assert who(client) == "ann"
    cookies = client.get("/do/").headers.getlist("Set-Cookie")
    assert any(cookie.startswith("remember_token=") for cookie in cookies)


# --- session protection ---------------------------------------------------------------


def behind_proxy(site, hops=1):
    """Have the site believe so many proxies."""
    site.wsgi_app = ProxyFix(site.wsgi_app, x_for=hops)


@pytest.mark.parametrize("mode", ["basic", "strong"])
def test_protection_survives_proxies_that_take_turns(site, ann, mode):
    """The visitor's address is what counts, and it is the same behind each."""
    site.login_manager.session_protection = mode
    behind_proxy(site)
    route(site, lambda: f"{who_is_here()} {login_fresh()}")
    client = site.test_client()
    client.environ_base["HTTP_X_FORWARDED_FOR"] = "203.0.113.7"
    log_in(client)
    for proxy in ("10.0.0.1", "10.0.0.2"):
        client.environ_base["REMOTE_ADDR"] = proxy
        assert client.get("/do/").text == "ann True"


def who_is_here():
    return getattr(current_user, "username", "")


def test_a_forged_header_is_not_believed(site, ann):
    """A thief cannot claim the address of the owner; nor can a header end a session."""
    site.login_manager.session_protection = "strong"
    client = site.test_client()
    log_in(client)
    for forged in ("203.0.113.7", "198.51.100.9"):
        response = client.get("/who/", headers={"X-Forwarded-For": forged})
        assert response.text == "ann"


@pytest.mark.parametrize("change", ["REMOTE_ADDR", "HTTP_USER_AGENT"])
def test_strong_protection_ends_a_session_that_moved(site, ann, change):
    """To another address or browser."""
    site.login_manager.session_protection = "strong"
    client = site.test_client()
    log_in(client)
    client.environ_base[change] = "192.0.2.1"
    assert who(client) == ""


# --- for tests ------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [None, "basic", "strong"])
def test_force_login_is_a_login_for_session_protection(site, ann, mode):
    """Fresh, from this address and browser; no last_login, no signal."""
    site.login_manager.session_protection = mode
    route(site, lambda: f"{who_is_here()} {login_fresh()}")
    client = site.test_client()
    client.environ_base["HTTP_USER_AGENT"] = "a browser"
    client.force_login(ann)
    assert client.get("/do/").text == "ann True"
    assert ann.last_login is None


def test_flask_logins_own_test_client_logs_in(site, ann):
    """It asks for the id where no application is: it gets the key alone."""
    site.test_client_class = flask_login.FlaskLoginClient
    with site.test_client(user=ann) as client:
        assert who(client) == "ann"

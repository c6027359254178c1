"""LoginView and LogoutView: forms, redirects that stay here, CSRF, caches."""

from __future__ import annotations

import random
from io import BytesIO
from urllib.parse import quote
from urllib.parse import unquote

import ada_url
import flask_login
import pytest
from flask import Flask
from jinja2 import DictLoader
from wtforms import StringField

from cbv import CBV
from cbv import ImproperlyConfigured
from cbv.auth import AuthenticationForm
from cbv.auth import LoginView
from cbv.auth import logout_then_login
from cbv.auth import LogoutView
from cbv.auth import RedirectURLMixin
from cbv.auth import RememberAuthenticationForm
from cbv.forms import Form
from cbv.testing import assert_redirects
from cbv.testing import assert_template_used
from cbv.testing import Client
from support.account_site import counted_hashes
from support.account_site import log_in
from support.account_site import make_site
from support.account_site import PASSWORD
from support.account_site import who
from support.redirect_targets import HIDDEN
from support.redirect_targets import OTHER_HOST
from support.redirect_targets import SAFE
from support.redirect_targets import SCHEMES

pytest_plugins = ["support.account_fixtures"]

DENIED = [
    t for t in OTHER_HOST + SCHEMES + HIDDEN if t is not None and "\ud800" not in t
]


class Somebody(flask_login.UserMixin):
    """A user without a database."""

    id = "1"


class AnyoneForm(Form):
    """Logs anybody in."""

    def get_user(self):
        return Somebody()


@pytest.fixture(scope="module")
def open_house():
    """An application that logs anybody in, for questions of where to go then."""
    app = Flask("open_house", template_folder=None)
    app.config.update(
        TESTING=True,
        SECRET_KEY="test",
        WTF_CSRF_ENABLED=False,
        CBV_LOGIN_REDIRECT_URL="/home",
        CBV_LOGOUT_REDIRECT_URL="/bye",
    )
    app.test_client_class = Client
    CBV(app)
    app.login_manager.user_loader(lambda key: Somebody())

    def add(rule, view_class, **options):
        app.add_url_rule(rule, view_func=view_class.as_view(rule, **options))

    add("/login/", LoginView, form_class=AnyoneForm)
    add("/again/", LoginView, form_class=AnyoneForm, redirect_authenticated_user=True)
    add("/logout/", LogoutView)
    hosts = {"friend.test"}
    add("/friends/", LoginView, form_class=AnyoneForm, success_url_allowed_hosts=hosts)
    return app


def end_of(target, base="http://app.test/login/"):
    """Return where a browser goes from a page to this target (WHATWG URL)."""
    return ada_url.URL(target, base=base)


def send_next(app, target, rule="/login/", base_url="http://app.test", in_query=False):
    client = app.test_client()
    if in_query:
        return client.post(f"{rule}?next={quote(target)}", base_url=base_url)
    return client.post(rule, data={"next": target}, base_url=base_url)


# --- next= ----------------------------------------------------------------------------


@pytest.mark.parametrize("in_query", [False, True])
@pytest.mark.parametrize("target", DENIED)
def test_login_goes_nowhere_else(open_house, target, in_query):
    """Another host in any spelling: the default page instead."""
    response = send_next(open_house, target, in_query=in_query)
    assert_redirects(response, "/home", 303)


@pytest.mark.parametrize("target", DENIED)
def test_logout_goes_nowhere_else(open_house, target):
    """Neither does it."""
    assert_redirects(send_next(open_house, target, "/logout/"), "/bye", 303)


@pytest.mark.parametrize("rule", ["/login/", "/logout/"])
@pytest.mark.parametrize("target", SAFE)
def test_an_address_of_this_site_is_followed(open_house, target, rule):
    """What is sent leads a browser where the address would have led it."""
    response = send_next(open_house, target, rule)
    assert response.status_code == 303
    base = f"http://app.test{rule}"
    sent, wanted = (end_of(to, base).href for to in (response.location, target))
    assert unquote(sent) == unquote(wanted)


@pytest.mark.parametrize("target", ["http://app.test/", "HTTP://app.test/"])
def test_under_https_an_address_must_not_leave_it(open_house, target):
    """Nor lead back to it from http: that is safe."""
    https = "https://app.test"
    assert send_next(open_house, target, base_url=https).location == "/home"
    assert send_next(open_house, "/x", base_url=https).location == "/x"
    assert send_next(open_house, "https://app.test/x").location == "https://app.test/x"


def test_other_hosts_may_be_allowed(open_house):
    """Those that are listed, and no others."""
    friend = "https://friend.test/x"
    assert send_next(open_house, friend, "/friends/").location == friend
    assert send_next(open_house, friend).location == "/home"
    evil = "https://friend.test.evil.example/x"
    assert send_next(open_house, evil, "/friends/").location == "/home"


PIECES = [
    *["/", "//", "\\", "\t", "\n", "\r", "\0", "\b", "\x7f", "\x85", " ", "\xa0"],
    *["\u200b", "\ufeff", "\u2028", "\u3002", "\uff0f", "\uff3c", "\uff45", "\uff20"],
    *["http:", "https:", "HTTP:", "javascript:", "data:", "ws:", "file:", "x:", ":"],
    *["app.test", "evil.example", "user", "localhost", "[", "]", "[::1]", "127.1"],
    *["@", "80", "#", "?", "&", ";", "=", ".", "..", "%2f", "%5c", "%09", "%00", "%"],
    *["a", "é", "path", "%E3%80%82", "xn--", "0x7f.1", "|", "^", "<", '"', "{"],
]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_fuzzed_next_leaves_the_site(open_house, scheme):
    """25,000 in two halves, judged on the Location that is sent, by a WHATWG parser."""
    chance = random.Random(f"next over {scheme}")
    cookie = logged_in_cookie(open_house)
    accepted = 0
    for _ in range(12_500):
        target = "".join(chance.choices(PIECES, k=chance.randint(1, 8)))
        location = location_sent(open_house, scheme, cookie, target)
        end = end_of(location, f"{scheme}://app.test/again/")
        assert (end.host, end.protocol in ("http:", "https:")) == ("app.test", True), (
            target
        )
        assert scheme == "http" or end.protocol == "https:", target
        accepted += location != "/home"
    assert accepted > 1_000


def logged_in_cookie(app):
    client = app.test_client()
    client.post("/login/", base_url="http://app.test")
    return f"session={client.get_cookie('session', 'app.test').value}"


def location_sent(app, scheme, cookie, target):
    """Ask the WSGI application itself: no client mends what is sent."""
    environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/again/",
        "QUERY_STRING": f"next={quote(target, safe='')}",
        "SERVER_NAME": "app.test",
        "SERVER_PORT": "80" if scheme == "http" else "443",
        "HTTP_HOST": "app.test",
        "HTTP_COOKIE": cookie,
        "wsgi.url_scheme": scheme,
        "wsgi.input": BytesIO(),
    }
    sent = []
    app.wsgi_app(
        environ, lambda status, headers, _=None: sent.append((status, headers))
    )
    [(status, headers)] = sent
    assert status.startswith("302"), (status, target)
    return dict(headers)["Location"]


# --- where to go ----------------------------------------------------------------------


def test_the_form_keeps_next_until_it_is_valid(site, guest, ann):
    """A hidden input; what the form says wins over the query."""
    page = guest.get("/login/?next=/a")
    assert page.context["next"] == "/a"
    assert '<input type="hidden" name="next" value="/a">' in page.text
    again = log_in(guest, password="wrong", path="/login/?next=/a", next="/b")
    assert 'name="next" value="/b"' in again.text
    assert log_in(guest, path="/login/?next=/a", next="/b").location == "/b"


def test_a_next_that_leads_away_is_not_shown(guest):
    """It is no part of the form."""
    page = guest.get("/login/?next=//evil.example")
    assert page.context["next"] == ""
    assert "evil" not in page.text


def test_next_may_have_another_name(site, ann, db):
    """By redirect_field_name, in the form and in the context."""
    view = LoginView.as_view("enter", redirect_field_name="back")
    site.add_url_rule("/enter/", view_func=view)
    client = site.test_client()
    assert client.get("/enter/?back=/a").context["back"] == "/a"
    assert 'name="back" value="/a"' in client.get("/enter/?back=/a").text
    assert log_in(client, path="/enter/?next=/a&back=/b").location == "/b"


@pytest.mark.parametrize(
    ("setting", "location"), [(None, "/"), ("/in", "/in"), ("who", "/who/")]
)
def test_without_next_the_settings_say_where_to_go(db, setting, location):
    """An address or endpoint; / is the default, as the contract has it."""
    given = {} if setting is None else {"CBV_LOGIN_REDIRECT_URL": setting}
    site = make_site(db, **given)
    view = LoginView.as_view("enter", form_class=AnyoneForm)
    site.add_url_rule("/enter/", view_func=view)
    assert_redirects(site.test_client().post("/enter/"), location, 303)


def test_next_page_of_the_view_wins_over_the_settings(open_house):
    """For login and logout."""
    with open_house.test_request_context("/"):
        assert LoginView(next_page="/mine").get_success_url() == "/mine"
        assert LogoutView(next_page="/mine").get_success_url() == "/mine"
        assert LoginView().get_success_url() == "/home"
        assert LogoutView().get_success_url() == "/bye"


def test_a_view_of_ones_own_without_next_page_says_what_is_missing(open_house):
    """RedirectURLMixin by itself has no default."""

    class Done(RedirectURLMixin):
        pass

    with open_house.test_request_context("/"):
        with pytest.raises(ImproperlyConfigured, match=r"Done.*next_page"):
            Done().get_success_url()
        assert Done(next_page="/done").get_success_url() == "/done"


# --- who is logged in already ---------------------------------------------------------


def test_who_is_logged_in_can_be_sent_on(open_house):
    """At once, by 302, or by 303 where that answers a POST."""
    client = open_house.test_client()
    assert client.get("/again/").status_code == 200
    client.post("/login/")
    response = client.get("/again/?next=/a")
    assert_redirects(response, "/a", 302)
    assert response.headers["Cache-Control"] == "private, no-store"
    assert_redirects(client.post("/again/", data={"next": "/a"}), "/a", 303)
    assert client.get("/login/").status_code == 200  # not where the view says nothing


@pytest.mark.parametrize(
    "target", ["/again/", "/again/?a=1", "http://localhost/again/"]
)
def test_a_next_that_is_the_login_page_is_ignored(open_house, target):
    """Nobody can send a user round in circles, nor raise an error."""
    client = open_house.test_client()
    client.post("/login/")
    assert client.get(f"/again/?next={quote(target)}").location == "/home"


@pytest.mark.parametrize("query", ["", "?bla=2", "?next={root}/again/"])
@pytest.mark.parametrize("root", ["", "/app"])
def test_a_redirect_without_end_is_an_error(open_house, monkeypatch, query, root):
    """Django's ValueError, under a prefix as well."""
    client = open_house.test_client()
    base = f"http://localhost{root}"
    monkeypatch.setitem(open_house.config, "CBV_LOGIN_REDIRECT_URL", f"{root}/again/")
    client.post("/login/", base_url=base)
    with pytest.raises(ValueError, match=r"Redirection loop.*CBV_LOGIN_REDIRECT_URL"):
        client.get("/again/" + query.format(root=root), base_url=base)


# --- the form -------------------------------------------------------------------------


def test_a_right_password_logs_in(guest, ann):
    """303 to the default page."""
    assert_redirects(log_in(guest), "/", 303)
    assert who(guest) == "ann"


def refusal(client, **data):
    """Return what a refused login shows, its input apart."""
    response = log_in(client, **data)
    assert response.status_code == 200
    assert who(client) == ""
    typed = data.get("username", "ann")
    return response.text.replace(f'value="{typed}"', 'value=""')


def test_every_refusal_is_the_same_page(guest, ann, add_user):
    """A wrong password, an unknown name, an inactive user, an unusable password."""
    add_user("ina", is_active=False)
    add_user("una", password=None)
    pages = {
        refusal(guest, password="wrong"),
        refusal(guest, username="nobody"),
        refusal(guest, username="ina"),
        refusal(guest, username="ina", password="wrong"),
        refusal(guest, username="una"),
        refusal(guest, username="una", password="!"),
    }
    assert len(pages) == 1
    assert "Please enter a correct name and password." in pages.pop()


def test_the_form_shows_the_name_again_and_never_the_password(guest, ann):
    """As WTForms does."""
    page = log_in(guest, password="wrong-secret").text
    assert 'value="ann"' in page
    assert "wrong-secret" not in page


def test_both_fields_are_required(guest, ann):
    """No password is hashed for nothing."""
    with counted_hashes() as made:
        response = guest.post("/login/", data={"username": " "})
    assert sorted(response.context["form"].errors) == ["password", "username"]
    assert made == []


@pytest.mark.parametrize(
    "name",
    [
        "ANN",
        "\uff41\uff4e\uff4e",
        "ann\0",
        "\0",
        "a" * 255,
        "a" * 100_000,
        "ann' OR '1'='1",
        "ann\x85x",
        "%",
        "ann\u200b",
    ],
)
def test_no_odd_name_is_another_account(guest, ann, add_user, name):
    """Nor an error of the server."""
    add_user("bob")
    response = log_in(guest, username=name)
    assert response.status_code == 200
    assert who(guest) == ""


@pytest.mark.parametrize("length", [4097, 1_000_000])
def test_a_long_password_is_refused_before_it_is_hashed(guest, ann, length):
    """CVE-2013-1443."""
    guest.application.config["MAX_FORM_MEMORY_SIZE"] = 2_000_000
    with counted_hashes() as made:
        response = log_in(guest, password="x" * length)
    assert response.context["form"].errors.keys() == {"password"}
    assert made == []


def test_spaces_around_the_name_do_not_count(guest, ann):
    """They do in the password."""
    refusal(guest, password=f" {PASSWORD} ")
    assert log_in(guest, username=" ann ").status_code == 303


def test_an_accent_may_come_apart_from_its_letter(guest, add_user):
    """Some keyboards send it so."""
    add_user("zo\xeb")
    assert log_in(guest, username="zoe\u0308").status_code == 303


def test_put_is_answered_as_post(guest, ann):
    """As in Django's form views."""
    data = {"username": "ann", "password": PASSWORD}
    assert guest.put("/login/", data=data).status_code == 303
    assert guest.delete("/login/").status_code == 405


def test_another_form_may_be_used(open_house):
    """authentication_form wins over form_class; get_user() says who logs in."""
    view = LoginView(authentication_form=AnyoneForm)
    assert view.get_form_class() is AnyoneForm


def test_the_view_knows_its_user_once_logged_in(site, ann):
    """Asked before, it was nobody."""
    seen = []

    class Greeting(LoginView):
        def form_valid(self, form):
            seen.append(self.user.is_authenticated)
            answer = super().form_valid(form)
            seen.append(self.user.username)
            return answer

    site.add_url_rule("/enter/", view_func=Greeting.as_view())
    log_in(site.test_client(), path="/enter/")
    assert seen == [False, "ann"]


def test_the_label_follows_the_field_that_users_log_in_with(db):
    """CBV_USERNAME_FIELD."""
    site = make_site(db, CBV_USERNAME_FIELD="email")
    page = site.test_client().get("/login/").text
    assert ">Email</label>" in page


def test_a_label_of_ones_own_stays(site):
    """Whatever field it is."""

    class Greeting(AuthenticationForm):
        username = StringField("Who are you?")

    with site.test_request_context():
        assert Greeting().username.label.text == "Who are you?"


@pytest.mark.parametrize("rule", ["/login/", "/register/", "/password_reset/"])
def test_labels_hints_and_titles_are_in_the_language_of_the_request(db, rule):
    """By the one gettext that an application overrides."""

    class Shouting(CBV):
        def gettext(self, text):
            return text.upper()

    site = make_site(db, cbv=Shouting)
    context = site.test_client().get(rule).context
    labels = [field.label.text for field in context["form"]]
    assert labels
    assert labels == [label.upper() for label in labels]
    assert context.get("title", "") == context.get("title", "").upper()


# --- the page -------------------------------------------------------------------------


def test_the_page_stays_out_of_caches(guest, ann):
    """Shown, refused, and the redirect that sets the cookie (CVE-2024-45314)."""
    answers = [guest.get("/login/"), log_in(guest, password="no"), log_in(guest)]
    answers.append(guest.post("/logout/"))
    for response in answers:
        assert response.headers["Cache-Control"] == "private, no-store"
        assert "Cookie" in response.vary


def test_the_templates_of_the_application_come_first(db):
    """Under Django's names."""
    site = make_site(db)
    site.jinja_loader = DictLoader({"registration/login.html": "mine"})
    response = site.test_client().get("/login/")
    assert response.text == "mine"
    assert_template_used(response, "registration/login.html")


def test_the_shipped_templates_are_used_otherwise(guest):
    """With labels, and input that password managers know."""
    response = guest.get("/login/")
    assert_template_used(response, "cbv/registration/login.html")
    assert 'autocomplete="username"' in response.text
    assert 'autocomplete="current-password"' in response.text
    assert "<h1>Log in</h1>" in response.text


def test_extra_context_reaches_the_page(site):
    """Django's attribute."""
    view = LoginView.as_view("enter", extra_context={"motto": "hello"})
    site.add_url_rule("/enter/", view_func=view)
    assert site.test_client().get("/enter/").context["motto"] == "hello"


# --- logging out ----------------------------------------------------------------------


@pytest.fixture
def logged_in(guest, ann):
    """A client that is logged in as ann."""
    log_in(guest)
    return guest


@pytest.mark.parametrize("verb", ["get", "head", "put", "patch", "delete"])
def test_only_post_logs_out(logged_in, verb):
    """A link or an image cannot."""
    response = getattr(logged_in, verb)("/logout/")
    assert response.status_code == 405
    assert set(response.allow) == {"POST", "OPTIONS"}
    assert who(logged_in) == "ann"


def test_logging_out_shows_a_page(logged_in):
    """Unless there is somewhere to go."""
    response = logged_in.post("/logout/")
    assert response.status_code == 200
    assert_template_used(response, "cbv/registration/logged_out.html")
    assert response.context["title"] == "Logged out"
    assert who(logged_in) == ""


def test_options_logs_nobody_out(logged_in):
    """It tells the verbs."""
    assert set(logged_in.options("/logout/").allow) == {"POST", "OPTIONS"}
    assert who(logged_in) == "ann"


@pytest.mark.parametrize("target", ["/logout/", "http://localhost/logout/"])
def test_a_logout_that_would_come_back_here_shows_the_page(logged_in, target):
    """Where GET would be a 405."""
    response = logged_in.post("/logout/", data={"next": target})
    assert response.status_code == 200
    assert who(logged_in) == ""


def test_logging_out_twice_is_no_error(logged_in):
    """Nor for a stranger."""
    assert [logged_in.post("/logout/").status_code for _ in range(2)] == [200, 200]


def test_logout_then_login_goes_to_the_login_page(db, add_user):
    """Of the argument, or of the settings; only by POST."""
    site = make_site(db)
    site.add_url_rule(
        "/a", "a", lambda: logout_then_login("/enter/"), methods=["GET", "POST"]
    )
    site.add_url_rule("/b", "b", logout_then_login, methods=["POST"])
    add_user()
    for rule, location in (("/a", "/enter/"), ("/b", "/login/")):
        client = site.test_client()
        log_in(client)
        assert_redirects(client.post(rule), location, 303)
        assert who(client) == ""
    assert site.test_client().get("/a").status_code == 405


def test_what_the_session_held_is_gone(logged_in, site):
    """All of it, flashed messages too."""
    with logged_in.session_transaction() as kept:
        kept["cart"] = [1]
        kept["_flashes"] = [("message", "your order")]
    response = logged_in.post("/logout/")
    assert "your order" not in response.text
    with logged_in.session_transaction() as kept:
        assert dict(kept) == {}


# --- CSRF -----------------------------------------------------------------------------


@pytest.fixture
def strict(db, add_user):
    """A client of a site that checks CSRF tokens, and the user ann."""
    add_user()
    return make_site(db, WTF_CSRF_ENABLED=True).test_client()


def token_of(client, rule="/login/"):
    """Return the token in a form."""
    return client.get(rule).text.split('name="csrf_token" value="')[1].split('"')[0]


def test_login_needs_a_token(strict):
    """Of a form that was shown to this browser; nobody is logged in by another site."""
    assert log_in(strict).status_code == 400
    token = token_of(strict)
    other = strict.application.test_client()
    assert log_in(other, csrf_token=token).status_code == 400
    assert log_in(strict, csrf_token=token + "x").status_code == 400
    assert log_in(strict, csrf_token="").status_code == 400
    assert who(strict) == ""
    assert log_in(strict, csrf_token=token).status_code == 303
    assert who(strict) == "ann"


def test_logout_needs_a_token(strict):
    """That of before the login is dead."""
    before = token_of(strict)
    log_in(strict, csrf_token=before)
    assert strict.post("/logout/").status_code == 400
    assert strict.post("/logout/", data={"csrf_token": before}).status_code == 400
    assert who(strict) == "ann"
    after = token_of(strict)
    assert strict.post("/logout/", data={"csrf_token": after}).status_code == 200
    assert who(strict) == ""
    assert log_in(strict, csrf_token=after).status_code == 400


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_a_foreign_origin_is_refused_even_with_a_good_token(strict, origin):
    """For login and logout."""
    token = token_of(strict)
    data = {"username": "ann", "password": PASSWORD, "csrf_token": token}
    headers = {"Origin": origin}
    assert strict.post("/login/", data=data, headers=headers).status_code == 400
    log_in(strict, csrf_token=token)
    data = {"csrf_token": token_of(strict)}
    assert strict.post("/logout/", data=data, headers=headers).status_code == 400
    assert who(strict) == "ann"
    own = {"Origin": "http://localhost"}
    assert strict.post("/logout/", data=data, headers=own).status_code == 200


def test_a_header_may_carry_the_token_of_logout(strict):
    """As scripts send it."""
    log_in(strict, csrf_token=token_of(strict))
    headers = {"X-CSRFToken": token_of(strict)}
    assert strict.post("/logout/", headers=headers).status_code == 200


# --- remembering ----------------------------------------------------------------------


@pytest.fixture
def remembering(site, ann):
    """A client of a login page that offers to remember."""
    view = LoginView.as_view("enter", authentication_form=RememberAuthenticationForm)
    site.add_url_rule("/enter/", view_func=view)
    return site.test_client()


def test_nobody_is_remembered_unasked(remembering):
    """The box must be ticked."""
    log_in(remembering, path="/enter/")
    assert remembering.get_cookie("remember_token") is None
    log_in(remembering, path="/enter/", remember="y")
    assert remembering.get_cookie("remember_token") is not None

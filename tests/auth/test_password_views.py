"""Changing a password, and resetting a forgotten one."""

from __future__ import annotations

import re
import threading

import pytest
from flask import request
from flask_mailman import Mail
from jinja2 import DictLoader
from sqlalchemy import create_engine
from sqlalchemy import event
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm import Session
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import StaticPool

from cbv import ImproperlyConfigured
from cbv import include
from cbv import path
from cbv import register
from cbv.auth import default_token_generator
from cbv.auth import LoginView
from cbv.auth import PasswordResetConfirmView
from cbv.auth import PasswordResetForm
from cbv.auth import PasswordResetView
from cbv.auth import RememberAuthenticationForm
from cbv.auth import urlpatterns
from cbv.auth.tokens import uid_of
from cbv.testing import assert_redirects
from cbv.testing import assert_template_used
from cbv.testing import count_queries
from support.account_site import counted_hashes
from support.account_site import log_in
from support.account_site import make_site
from support.account_site import PASSWORD
from support.account_site import who
from support.library_models import Base
from support.library_models import User

pytest_plugins = ["support.account_fixtures"]

NEW = "another long one"
CHANGE = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
ASKED = {"email": "someone@mail.test"}
CSRF = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
SET = {"new_password1": NEW, "new_password2": NEW}


@pytest.fixture
def mail(site):
    """What the site has sent."""
    Mail().init_app(site)

    def sent():
        return getattr(site.extensions["mailman"], "outbox", None) or []

    return sent


def link_for(site, user):
    """Return the path of a reset link, as the mail has it."""
    with site.test_request_context():
        token = default_token_generator.make_token(user)
        return f"/reset/{uid_of(user)}/{token}/"


def opened(client, site, user):
    """Follow a reset link; return the path where the form is."""
    response = client.get(link_for(site, user))
    return response.location


# --- changing it ----------------------------------------------------------------------


def test_a_change_needs_a_login(guest):
    """And comes back afterwards."""
    assert_redirects(
        guest.get("/password_change/"), "/login/?next=/password_change/", 302
    )
    done = guest.get("/password_change/done/")
    assert_redirects(done, "/login/?next=/password_change/done/", 302)


def test_a_change_shows_its_form_and_says_when_it_is_done(ann, guest):
    """Old password first, 303, then the page that says so."""
    log_in(guest)
    page = guest.get("/password_change/")
    assert_template_used(page, "cbv/registration/password_change_form.html")
    assert page.context["title"] == "Password change"
    assert list(page.context["form"]._fields) == list(CHANGE)
    response = guest.post("/password_change/", data=CHANGE)
    assert_redirects(response, "/password_change/done/", 303)
    done = guest.get("/password_change/done/")
    assert_template_used(done, "cbv/registration/password_change_done.html")


def test_a_change_takes_effect_and_keeps_this_session_only(site, ann, guest):
    """The other browser is logged out; the old password is worth nothing."""
    other = site.test_client()
    log_in(guest)
    log_in(other)
    guest.post("/password_change/", data=CHANGE)
    assert (who(guest), who(other)) == ("ann", "")
    assert log_in(other).status_code == 200
    assert log_in(other, password=NEW).status_code == 303


def test_a_change_costs_two_hashes(ann, guest):
    """One looks at the old password, one is stored."""
    log_in(guest)
    with counted_hashes() as made:
        guest.post("/password_change/", data=CHANGE)
    assert len(made) == 2


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("old_password", {"old_password": "wrong"}),
        ("old_password", {"old_password": ""}),
        ("old_password", {"old_password": "x" * 4097}),
        ("new_password1", {"new_password1": "short", "new_password2": "short"}),
        ("new_password1", {"new_password1": ""}),
        (
            "new_password1",
            {"new_password1": "x" * 4097, "new_password2": "x" * 4097},
        ),
        ("new_password2", {"new_password2": "another long two"}),
        ("new_password2", {"new_password2": ""}),
    ],
)
def test_a_bad_change_is_an_error_at_its_field(db, ann, guest, field, values):
    """And changes nothing."""
    stored = ann.password_hash
    log_in(guest)
    response = guest.post("/password_change/", data={**CHANGE, **values})
    assert response.status_code == 200
    assert list(response.context["form"].errors) == [field]
    db.expire_all()
    assert ann.password_hash == stored


def test_the_user_name_is_no_password(add_user, guest):
    """In no case of its letters."""
    add_user("annabella")
    log_in(guest, "annabella")
    values = {"new_password1": "AnnaBella", "new_password2": "AnnaBella"}
    response = guest.post("/password_change/", data={**CHANGE, **values})
    assert list(response.context["form"].errors) == ["new_password1"]


def test_how_long_a_password_must_be_is_a_setting(site, ann, guest):
    """Eight characters without it."""
    site.config["CBV_PASSWORD_MIN_LENGTH"] = 20
    log_in(guest)
    response = guest.post("/password_change/", data=CHANGE)
    assert "20 characters" in response.context["form"].errors["new_password1"][0]


def test_a_change_of_an_old_hash_is_a_change(db, ann, guest):
    """The check rewrites the hash, the form then replaces it."""
    log_in(guest)
    guest.post("/password_change/", data=CHANGE)
    db.expire_all()
    assert log_in(guest, password=NEW).status_code == 303


def test_a_remembered_browser_stays_remembered(site, ann, guest):
    """Its cookie carries the stamp of the new password; the others' are dead."""
    view = LoginView.as_view("stay", authentication_form=RememberAuthenticationForm)
    site.add_url_rule("/stay/", view_func=view)
    other = site.test_client()
    for client in (guest, other):
        log_in(client, path="/stay/", remember="y")
    guest.post("/password_change/", data=CHANGE)
    for client in (guest, other):
        client.delete_cookie("session")
    assert (who(guest), who(other)) == ("ann", "")


# --- asking for a link ----------------------------------------------------------------


def test_a_link_is_sent_to_the_stored_address(site, add_user, guest, mail):
    """As text and HTML, after the answer; it leads to the configured host."""
    user = add_user(email="Ann@Mail.test")
    page = guest.get("/password_reset/")
    assert_template_used(page, "cbv/registration/password_reset_form.html")
    host = {"Host": "evil.example"}
    response = guest.post(
        "/password_reset/", data={"email": "ann@mail.TEST"}, headers=host
    )
    assert_redirects(response, "/password_reset/done/", 303)
    [message] = mail()
    assert message.to == ["Ann@Mail.test"]
    assert message.subject == "Password reset on mail.example"
    [(html, kind)] = message.alternatives
    assert kind == "text/html"
    start = f"https://mail.example/reset/{uid_of(user)}/"
    for text in (message.body, html):
        assert re.search(re.escape(start) + r"[0-9a-f]+\.[\w-]+/", text)
        assert "evil" not in text
        assert "ann" in text


@pytest.mark.parametrize(
    "email",
    [
        "nobody@mail.test",
        "resting@mail.test",
        "unusable@mail.test",
        "ann@ma\u0131l.test",
        "ann@mail.test.evil.example",
        "\uff41nn@mail.test",
    ],
)
def test_nobody_else_gets_a_mail_and_nobody_learns_of_it(add_user, guest, mail, email):
    """Unknown, inactive, without a password, a look-alike: the same answer."""
    add_user()
    add_user("resting", is_active=False)
    add_user("unusable", None)
    known = guest.post("/password_reset/", data={"email": "ann@mail.test"})
    assert len(mail()) == 1
    other = guest.post("/password_reset/", data={"email": email})
    assert len(mail()) == 1
    assert (other.status_code, other.data) == (known.status_code, known.data)
    assert list(other.headers) == list(known.headers)


def test_a_database_that_takes_look_alikes_for_the_same_is_not_believed():
    """Some have collations in which a dotless i is an i (CVE-2019-19844)."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    event.listen(engine, "connect", lower_dotless)
    Base.metadata.create_all(engine)
    site = make_site(sessionmaker(engine))
    Mail().init_app(site)
    with Session(engine) as session, site.app_context():
        user = User(username="ann", email="ann@ma\u0131l.test")
        user.set_password(PASSWORD)
        session.add(user)
        session.commit()
    for email in ("ann@mail.test", "ann@ma\u0131l.test"):
        site.test_client().post("/password_reset/", data={"email": email})
    sent = [message.to for message in site.extensions["mailman"].outbox]
    engine.dispose()
    assert sent == [["ann@ma\u0131l.test"]]


def lower_dotless(connection, record):
    def lower(text):
        return text.lower().replace("\u0131", "i")

    connection.create_function("lower", 1, lower)


def test_the_answer_does_not_wait_for_the_look_up(ann, guest, mail):
    """No statement is run for it, whoever has the address."""
    guest.post("/password_reset/", data={"email": "ann@mail.test"})
    seen = []
    original = PasswordResetForm.get_users
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            PasswordResetForm,
            "get_users",
            lambda self, email: seen.append(len(q)) or original(self, email),
        )
        with count_queries() as q:
            guest.post("/password_reset/", data={"email": "ann@mail.test"})
    assert seen == [0]
    assert len(mail()) == 2


def test_a_user_class_without_mail_addresses_is_refused(site, ann, guest, mail):
    """The error says which setting names the column."""
    site.config["CBV_EMAIL_FIELD"] = "mail"
    with pytest.raises(ImproperlyConfigured, match="CBV_EMAIL_FIELD"):
        guest.post("/password_reset/", data={"email": "ann@mail.test"})


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ann",
        "@mail.test",
        "ann@",
        "ann@mail.test\nBcc: evil@evil.example",
        "ann@mail.test\0",
        "ann@mail.test,evil@evil.example",
        "ann@mail@test",
        "<ann@mail.test>",
        "x" * 255 + "@mail.test",
        "x@" + "y" * 1_000_000,
    ],
)
def test_what_is_no_address_is_an_error(ann, guest, mail, email):
    """Whoever has it or not; nothing is sent."""
    response = guest.post("/password_reset/", data={"email": email})
    assert response.status_code == 200
    assert list(response.context["form"].errors) == ["email"]
    assert not mail()


def test_the_views_attributes_reach_the_mail(site, ann, guest, mail):
    """Templates of the application, the sender, more context, Django's keywords."""
    site.jinja_loader = DictLoader(
        {
            "subject.txt": "Hello\n{{ name }}",
            "body.txt": "{{ protocol }} {{ domain }} {{ uid }} {{ token }} {{ email }}",
            "body.html": "<b>{{ user.username }}</b> {{ url }}",
        }
    )

    class Reset(PasswordResetView):
        subject_template_name = "subject.txt"
        email_template_name = "body.txt"
        html_email_template_name = "body.html"
        from_email = "site@mail.example"
        extra_email_context = {"name": "there"}
        success_url = "/elsewhere/"

    site.add_url_rule("/r/", view_func=Reset.as_view())
    response = guest.post("/r/", data={"email": "ann@mail.test"})
    assert_redirects(response, "/elsewhere/", 303)
    [message] = mail()
    assert message.subject == "Hello there"
    assert message.from_email == "site@mail.example"
    assert message.body.startswith("https mail.example")
    assert message.body.endswith("ann@mail.test")
    assert message.alternatives[0][0].startswith(
        "<b>ann</b> https://mail.example/reset"
    )


def test_send_mail_is_the_hook_to_send_it_by_other_means(site, ann, guest):
    """With Django's signature; no Flask-Mailman is needed then."""
    sent = []

    class Form(PasswordResetForm):
        def send_mail(
            self,
            subject_template_name,
            email_template_name,
            context,
            from_email,
            to_email,
            html_email_template_name=None,
        ):
            sent.append((to_email, context["url"], context["username"]))

    class Reset(PasswordResetView):
        form_class = Form

    site.add_url_rule("/r/", view_func=Reset.as_view())
    guest.post("/r/", data={"email": "ann@mail.test"})
    [(to, url, name)] = sent
    assert (to, name) == ("ann@mail.test", "ann")
    assert url.startswith("https://mail.example/reset/")


def test_without_a_base_url_nothing_is_looked_for(site, ann, guest, mail):
    """The error says what to set; SERVER_NAME is an alternative."""
    site.config["CBV_BASE_URL"] = None
    with count_queries(0), pytest.raises(ImproperlyConfigured, match="CBV_BASE_URL"):
        guest.post("/password_reset/", data={"email": "ann@mail.test"})
    assert not mail()
    site.config.update(SERVER_NAME="named.example", PREFERRED_URL_SCHEME="https")
    guest.post("/password_reset/", data={"email": "ann@mail.test"})
    assert "https://named.example/reset/" in mail()[0].body


def test_without_flask_mailman_the_error_says_so(ann, guest):
    """Before any look-up."""
    with count_queries(0), pytest.raises(ImproperlyConfigured, match="flask-cbv"):
        guest.post("/password_reset/", data={"email": "ann@mail.test"})


def test_a_form_saved_outside_a_request_sends_at_once(site, ann, mail):
    """A command may use it."""
    with site.app_context():
        form = PasswordResetForm(data={"email": "ann@mail.test"})
        form.save()
    assert "https://mail.example/reset/" in mail()[0].body


def test_a_mail_knows_the_prefix_the_site_is_mounted_under(site, ann, guest, mail):
    """And the blueprint whose pages these are."""
    register(site, [path("accounts/", include((urlpatterns, "accounts")))])
    guest.post(
        "/accounts/password_reset/",
        data={"email": "ann@mail.test"},
        environ_overrides={"SCRIPT_NAME": "/blog"},
    )
    assert "https://mail.example/blog/accounts/reset/" in mail()[0].body


def test_a_template_of_the_mail_may_look_at_the_request(site, ann, guest, mail):
    """Context processors of the application work, after the answer too."""
    site.context_processor(lambda: {"site_name": request.path})
    guest.post("/password_reset/", data={"email": "ann@mail.test"})
    assert len(mail()) == 1


# --- the link -------------------------------------------------------------------------


def test_the_token_leaves_the_address_at_the_first_hop(site, ann, guest):
    """For the session; the page with the form is kept by no cache."""
    link = link_for(site, ann)
    response = guest.get(link)
    assert_redirects(response, f"/reset/{uid_of(ann)}/set-password/", 302)
    token = link.rstrip("/").rpartition("/")[2]
    page = guest.get(response.location)
    assert page.context["validlink"] is True
    assert_template_used(page, "cbv/registration/password_reset_confirm.html")
    assert token not in page.text
    for answer in (response, page):
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert "Cookie" in answer.vary


@pytest.mark.parametrize("own", [None, "no-referrer"])
def test_no_page_of_a_token_tells_another_site_its_address(db, ann, own):
    """Good and bad links, the form, its errors, and a post that is refused."""
    site = make_site(db, WTF_CSRF_ENABLED=True)
    if own:

        @site.after_request
        def refer(response):
            response.headers["Referrer-Policy"] = own
            return response

    link, client = link_for(site, ann), site.test_client()
    hop = client.get(link)
    page = client.get(hop.location)
    token = CSRF.search(page.text)[1]
    answers = [hop, page, client.head(hop.location), client.options(link)]
    answers += [client.get(link[:-2] + "x/"), client.get("/reset/x/y/")]
    answers += [client.post(address, data=SET) for address in (link, hop.location)]
    for data in ({**SET, "new_password2": "other"}, SET):
        answers.append(client.post(hop.location, data={**data, "csrf_token": token}))
    statuses = [302, 200, 200, 303, 200, 200, 400, 400, 200, 303]
    assert [answer.status_code for answer in answers] == statuses
    for answer in answers:
        assert answer.headers["Referrer-Policy"] == (own or "same-origin")
        assert answer.headers["Cache-Control"] == "private, no-store"


def test_a_new_password_is_set_once(site, ann, guest):
    """Every session of before ends; the link is used up."""
    other = site.test_client()
    log_in(other)
    link = link_for(site, ann)
    where = guest.get(link).location
    response = guest.post(where, data=SET)
    assert_redirects(response, "/reset/done/", 303)
    assert who(other) == ""
    assert log_in(other, password=NEW).status_code == 303
    for client in (guest, site.test_client()):
        again = client.get(link)
        assert (again.status_code, again.context["validlink"]) == (200, False)
    assert guest.post(where, data=SET).context["validlink"] is False


def test_the_last_page_leads_to_the_login(guest):
    """As in Django, by login_url in the context."""
    page = guest.get("/reset/done/")
    assert page.context["login_url"] == "/login/"
    assert 'href="/login/"' in page.text
    assert guest.get("/password_reset/done/").context["title"] == "Password reset sent"


def test_nobody_is_logged_in_by_a_reset(site, ann, guest):
    """The form is looked at before the password is set."""
    where = opened(guest, site, ann)
    invalid = guest.post(where, data={**SET, "new_password2": "x"})
    assert list(invalid.context["form"].errors) == ["new_password2"]
    assert guest.post(where, data=SET).status_code == 303
    assert who(guest) == ""


def test_a_view_may_log_in_after_a_reset(site, ann, guest):
    """By post_reset_login; reset_url_token stands in the address meanwhile."""

    class Confirm(PasswordResetConfirmView):
        post_reset_login = True
        reset_url_token = "choose"

    site.add_url_rule("/own/<uidb64>/<token>/", view_func=Confirm.as_view())
    where = guest.get(link_for(site, ann).replace("/reset/", "/own/")).location
    assert where.endswith("/choose/")
    assert guest.post(where, data=SET).status_code == 303
    assert who(guest) == "ann"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda link: link[:-2] + "/",
        lambda link: link.replace(".", ".A"),
        lambda link: re.sub(r"/reset/[^/]+", "/reset/OTk", link),
        lambda link: re.sub(r"/reset/[^/]+", "/reset/%00", link),
        lambda link: re.sub(r"/reset/[^/]+", "/reset/éé", link),
        lambda link: re.sub(r"[^/]+/$", "set-password/", link),
        lambda link: re.sub(r"[^/]+/$", "x/", link),
        lambda link: re.sub(r"[^/]+/$", "9" * 5000 + "." + "a" * 50 + "/", link),
    ],
)
@pytest.mark.parametrize("verb", ["get", "post", "put"])
def test_a_bad_link_is_a_page_that_says_so(db, site, ann, guest, spoil, verb):
    """200, without a form, whatever is wrong; nothing changes."""
    stored = ann.password_hash
    bad = spoil(link_for(site, ann))
    response = getattr(guest, verb)(bad, data=SET)
    assert response.status_code == 200
    assert response.context["validlink"] is False
    assert response.context["form"] is None
    assert response.context["title"] == "Password reset unsuccessful"
    db.expire_all()
    assert ann.password_hash == stored


def test_a_link_of_an_inactive_user_is_bad(db, site, ann, guest):
    """As that of somebody who is gone."""
    link = link_for(site, ann)
    ann.is_active = False
    db.commit()
    assert guest.get(link).context["validlink"] is False


def test_a_token_in_one_session_is_worth_nothing_in_another(site, ann, guest):
    """Nor for another user in the same session."""
    where = opened(guest, site, ann)
    assert site.test_client().get(where).context["validlink"] is False


def test_a_token_opens_no_other_users_page(site, ann, add_user, guest):
    """The session's token is checked against the user in the address."""
    bob = add_user("bob")
    opened(guest, site, ann)
    page = guest.get(f"/reset/{uid_of(bob)}/set-password/")
    assert page.context["validlink"] is False


def test_a_route_without_the_url_values_is_refused(site, guest):
    """The error names the class and the cure."""
    site.add_url_rule("/bare/", view_func=PasswordResetConfirmView.as_view("bare"))
    with pytest.raises(ImproperlyConfigured, match=r"uidb64.*reset/<uidb64>"):
        guest.get("/bare/")


def test_the_token_generator_of_the_view_is_asked(site, ann, guest):
    """For both views."""

    class Never(type(default_token_generator)):
        def check_token(self, user, token):
            return False

    class Confirm(PasswordResetConfirmView):
        token_generator = Never()

    site.add_url_rule("/own/<uidb64>/<token>/", view_func=Confirm.as_view())
    link = link_for(site, ann).replace("/reset/", "/own/")
    assert guest.get(link).context["validlink"] is False


def test_an_async_check_of_the_token_lets_nobody_in(site, ann, guest):
    """Its coroutine would be true for every token."""

    class Async(type(default_token_generator)):
        async def check_token(self, user, token):
            return False

    class Confirm(PasswordResetConfirmView):
        token_generator = Async()

    site.add_url_rule("/own/<uidb64>/<token>/", view_func=Confirm.as_view())
    link = link_for(site, ann).replace("/reset/", "/own/")
    with pytest.raises(ImproperlyConfigured, match=r"Async.*plain function"):
        guest.get(link)


def test_the_pages_find_each_other_in_their_blueprint(site, ann, guest, mail):
    """Each default target is looked for there first."""
    register(site, [path("accounts/", include((urlpatterns, "accounts")))])
    response = guest.post("/accounts/password_reset/", data={"email": "ann@mail.test"})
    assert_redirects(response, "/accounts/password_reset/done/", 303)
    link = re.search(r"/accounts/reset/\S+", mail()[0].body)[0]
    where = guest.get(link).location
    assert where.startswith("/accounts/reset/")
    assert_redirects(guest.post(where, data=SET), "/accounts/reset/done/", 303)
    log_in(guest, password=NEW)
    data = {**CHANGE, "old_password": NEW}
    response = guest.post("/accounts/password_change/", data=data)
    assert_redirects(response, "/accounts/password_change/done/", 303)


def test_a_blueprint_without_the_page_asks_the_application(site, ann, guest, mail):
    """A part of the pages may be somewhere else."""
    only = path("reset/", PasswordResetView, name="password_reset")
    register(site, [path("part/", include(([only], "part")))])
    response = guest.post("/part/reset/", data={"email": "ann@mail.test"})
    assert_redirects(response, "/password_reset/done/", 303)
    assert "https://mail.example/reset/" in mail()[0].body


def test_the_pages_are_open_where_the_application_is_closed(site, ann, guest, mail):
    """But for those that need a user."""
    site.config["CBV_LOGIN_REQUIRED"] = True
    for page in (
        "password_reset/",
        "password_reset/done/",
        "reset/done/",
        "reset/a/b/",
    ):
        assert guest.get(f"/{page}").status_code == 200, page
    assert guest.get("/password_change/").status_code == 302


def test_the_templates_of_the_application_come_first(site, ann, guest):
    """Under Django's names."""
    site.jinja_loader = DictLoader(
        {
            "registration/password_reset_form.html": "own {{ title }}",
            "registration/password_reset_confirm.html": "own {{ validlink }}",
        }
    )
    assert guest.get("/password_reset/").text == "own Password reset"
    assert guest.get("/reset/a/b/").text == "own False"


@pytest.mark.parametrize("rule", ["password_reset/", "register/", "reset/{}/{}/"])
def test_each_form_needs_a_csrf_token(db, ann, rule):
    """Without one it is a 400, and nothing happens."""
    strict = make_site(db, WTF_CSRF_ENABLED=True)
    Mail().init_app(strict)
    client = strict.test_client()
    _, uid, token = link_for(strict, ann).strip("/").split("/")
    data = {**ASKED, **SET, "username": "cleo", "password1": NEW, "password2": NEW}
    where = f"/{rule.format(uid, token)}"
    assert client.post(where, data=data).status_code == 400
    page = client.get(where, follow_redirects=True)
    assert 'name="csrf_token"' in page.text
    with_token = {**data, "csrf_token": CSRF.search(page.text)[1]}
    assert client.post(page.request.path, data=with_token).status_code == 303


# --- twenty at once -------------------------------------------------------------------


@pytest.fixture
def crowd(committing):
    """A site whose requests have connections of their own, and a reset link."""
    factory = scoped_session(sessionmaker(committing))
    app = make_site(factory)
    app.teardown_appcontext(lambda error: factory.remove())
    with app.app_context():
        user = User(username="crowd", email="crowd@mail.test")
        user.set_password(PASSWORD)
        factory.add(user)
        factory.commit()
        link = link_for(app, user)
    return app, link


def test_a_token_used_by_twenty_posts_at_once_works_once(crowd):
    """The others get the page of a bad link."""
    app, link = crowd
    clients = [app.test_client() for _ in range(20)]
    where = [client.get(link).location for client in clients]
    barrier = threading.Barrier(20)
    answers = []

    def post(number):
        barrier.wait()
        password = f"{NEW} {number}"
        data = {"new_password1": password, "new_password2": password}
        answers.append((clients[number].post(where[number], data=data), password))

    threads = [threading.Thread(target=post, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    worked = [password for answer, password in answers if answer.status_code == 303]
    refused = [answer for answer, _ in answers if answer.status_code == 200]
    assert (len(worked), len(refused)) == (1, 19)
    assert all(answer.context["validlink"] is False for answer in refused)
    assert log_in(app.test_client(), "crowd", worked[0]).status_code == 303

"""``/tour/``: what its pages say of Flask's globals is so."""

from __future__ import annotations

import html
import re
import threading

import pytest
from flask import current_app
from flask import g
from flask import request
from flask_login import current_user
from itsdangerous import URLSafeTimedSerializer

from example_app.hood.masking import MASK
from example_app.hood.masking import shown
from example_app.tour import STOPS
from example_app.tour.cookie import decoded

pytest_plugins = ["support.example_blog"]

SUBJECTS = [stop.subject for stop in STOPS]


@pytest.fixture
def client(lite_blog):
    """A client of the blog; ann can log in."""
    lite_blog.add_user("ann")
    return lite_blog.client()


def live(response):
    return response.context["live"]


# --- all stops ----------------------------------------------------------------------


def test_the_tour_links_every_stop_by_its_name(client):
    """In the order of the tour."""
    text = client.get("/tour/").text
    assert re.findall(r'<a href="/tour/\w+/"><code>(\w+)</code>', text) == SUBJECTS


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_stop_shows_values_and_both_sources(client, subject):
    """The class that answers, its Django twin, and the library's own code."""
    response = client.get(f"/tour/{subject}/")
    assert response.status_code == 200
    assert len(live(response)) > 3
    assert response.context["flask_source"].startswith("class ")
    assert response.context["django_source"].startswith("class ")
    for name in ("flask_source", "django_source", "machinery"):
        assert response.context[name].splitlines()[-1] in html.unescape(response.text)


def test_each_stop_leads_to_the_next_and_back(client):
    """The first has none before it, the last none after."""
    for number, subject in enumerate(SUBJECTS):
        context = client.get(f"/tour/{subject}/").context
        ways = context["before"], context["after"]
        near = SUBJECTS[number - 1 : number] or [None], SUBJECTS[number + 1 :] or [None]
        assert [way and way.subject for way in ways] == [near[0][0], near[1][0]]


# --- request ------------------------------------------------------------------------


def test_of_a_name_sent_twice_the_first_counts(client):
    """As the page says; ``getlist`` has both."""
    values = live(client.get("/tour/request/?word=first&word=second"))
    assert values['request.args.get("word")'] == "'first'"
    assert values['request.args.getlist("word")'] == "['first', 'second']"


def test_a_name_that_is_not_there_is_400_by_itself(lite_blog):
    """``request.form["word"]`` needs no check, but ``get`` tells nothing apart."""
    lite_blog.app.add_url_rule("/plain", view_func=lambda: request.args["word"])
    assert lite_blog.client().get("/plain").status_code == 400


def test_a_sent_word_is_in_the_request_that_sent_it(client):
    """And in no other."""
    values = live(client.post("/tour/request/", data={"word": "hello"}))
    assert values['request.form.get("word")'] == "'hello'"
    assert values["request.method"] == "'POST'"
    assert live(client.get("/tour/request/"))['request.form.get("word")'] == "None"


# --- current_app --------------------------------------------------------------------


def test_the_application_tells_no_secret(client):
    """The key is masked."""
    response = client.get("/tour/current_app/")
    assert live(response)['current_app.config["SECRET_KEY"]'] == MASK


@pytest.mark.parametrize(
    ("path", "endpoint", "values"),
    [
        ("/home?page=2", "home", {}),
        ("/user/ann/", "user_posts", {"username": "ann"}),
        ("/nowhere", None, None),
    ],
)
def test_a_request_that_nobody_sent_finds_its_view(client, path, endpoint, values):
    """``test_request_context`` matches the path without answering it."""
    found = client.post("/tour/current_app/", data={"path": path}).context["found"]
    assert (found["request.endpoint"], found["request.view_args"]) == (endpoint, values)


def test_outside_of_a_context_there_is_no_application(lite_blog):
    """In a thread neither, until one is pushed."""
    said = []

    def ask():
        try:
            said.append(current_app.name)
        except RuntimeError as error:
            said.append(str(error).splitlines()[0])

    def ask_in_context():
        with lite_blog.app.app_context():
            ask()

    for function in (ask, ask_in_context):
        thread = threading.Thread(target=function)
        thread.start()
        thread.join()
    assert said == ["Working outside of application context.", "example_app"]


# --- g ------------------------------------------------------------------------------


def test_g_lasts_one_request(client):
    """The page that answers has the word, the next one has not."""
    values = live(client.post("/tour/g/", data={"word": "here"}))
    assert values["g.word"] == "'here'"
    assert "nothing" in live(client.get("/tour/g/"))["g.word"]


def test_g_is_shared_by_the_hooks_of_a_request(client):
    """Set in dispatch_request by attribute, by name and by stash."""
    response = client.get("/tour/g/")
    assert live(response)["g.seen_by_every_hook"] == "'set in dispatch_request'"
    assert "CBV(app)" in live(response)['g["also_by_name"]']
    assert response.context["stashed"].startswith("set by self.stash()")


def test_a_context_of_its_own_has_a_g_of_its_own(lite_blog):
    """Empty, whatever the other one holds."""
    seen = []

    def look():
        with lite_blog.app.app_context():
            seen.append("word" in g)

    with lite_blog.app.app_context():
        g.word = "here"
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert seen == [False]


# --- session ------------------------------------------------------------------------


def test_the_session_page_counts_visits(client):
    """Of one browser."""
    for number in (1, 2, 3):
        assert live(client.get("/tour/session/"))['session["visits"]'] == str(number)


def test_the_cookie_is_read_without_a_key(client):
    """What the page shows decoded is what the browser sent."""
    client.get("/tour/session/")
    response = client.get("/tour/session/")
    assert response.context["decoded"]["visits"] == 1
    assert "signed, not encrypted" in response.text


def test_a_change_inside_a_value_is_lost_unless_the_session_is_told(client):
    """``append`` is not seen; ``session.modified = True`` is."""
    client.get("/tour/session/")
    for word, told in (("first", "y"), ("lost", ""), ("kept", "y")):
        data = {"word": word, "tell": told} if told else {"word": word}
        values = live(client.post("/tour/session/", data=data))
        assert word in values['session["words"]']
    values = live(client.get("/tour/session/"))
    assert values['session["words"]'] == "['first', 'kept']"


@pytest.mark.parametrize("kept", [{"a": 1}, {"text": "x" * 5000}])
def test_cookies_are_decoded_compressed_or_not(lite_blog, kept):
    """As Flask itself writes them."""
    serializer = lite_blog.app.session_interface.get_signing_serializer(lite_blog.app)
    assert decoded(serializer.dumps(kept)) == kept


@pytest.mark.parametrize("cookie", ["", "a", "a.b.c", ".a.b.c", "é.b.c", ".eJw.b.c"])
def test_what_is_no_cookie_of_flask_is_none(cookie):
    """Whatever a browser sends in its place."""
    assert decoded(cookie) is None


def test_a_small_cookie_cannot_become_a_huge_page():
    """What it unpacks to is cut, and then is no JSON."""
    bomb = URLSafeTimedSerializer("key").dumps("x" * 1_000_000)
    assert len(bomb) < 4000
    assert decoded(bomb) is None


def test_a_word_is_in_the_session_as_text(client):
    """Markup stays text on the page that shows the cookie."""
    client.post("/tour/session/", data={"word": "</code><script>", "tell": "y"})
    assert "<script" not in client.get("/tour/session/").text


# --- current_user -------------------------------------------------------------------


def test_nobody_in_particular_has_no_name(client):
    """An anonymous user is an object too."""
    values = live(client.get("/tour/current_user/"))
    assert values["current_user.is_anonymous"] == "True"
    assert "AnonymousUserMixin" in values["type(self.user)"]


def test_the_proxy_equals_the_user_and_is_another_object(lite_blog, client):
    """The trap of the page."""
    values = live(lite_blog.client("ann").get("/tour/current_user/"))
    assert values["type(current_user)"].endswith("LocalProxy'>")
    assert values["type(self.user)"] == "<class 'example_app.blog.models.User'>"
    assert values["current_user == self.user"] == "True"
    assert values["current_user is self.user"] == "False"


def test_a_login_can_be_made_an_old_one(lite_blog, client):
    """Fresh until then."""
    client = lite_blog.client("ann")
    path = "/tour/current_user/"
    assert live(client.get(path))["login_fresh()"] == "True"
    client.post(path)
    assert live(client.get(path))["login_fresh()"] == "False"


def test_a_thread_finds_nobody_behind_the_proxy(lite_blog, client):
    """With an application context alone; so hand the key over."""
    seen = []

    @lite_blog.app.get("/plain")
    def plain():
        app = current_app._get_current_object()

        def look():
            with app.app_context():
                seen.append(bool(current_user))

        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
        return str(current_user.is_authenticated)

    assert lite_blog.client("ann").get("/plain").text == "True"
    assert seen == [False]


# --- threads and Celery --------------------------------------------------------------


def test_a_thread_has_what_is_pushed_for_it(client):
    """Nothing; the application alone; or a copy of the request without its g."""
    values = list(live(client.get("/tour/threads/")).values())
    assert "Working outside of application context" in values[0]
    assert values[1:] == [
        "('example_app', [], False)",
        "'/tour/threads/'",
        "[]",
        "True",
    ]


def sent_to(blog):
    return [to for mail in blog.app.extensions["mailman"].outbox for to in mail.to]


@pytest.mark.parametrize("way", ["threads", "celery"])
def test_a_newsletter_is_sent_in_the_background(lite_blog, client, way):
    """By a thread, or by Celery: without a broker at once."""
    response = client.post(f"/tour/{way}/", data={"readers": "3"})
    assert response.status_code == 303
    page = client.get(response.location)
    assert page.context["task_result"].return_value == 3
    assert "it succeeded" in page.text
    assert sent_to(lite_blog) == [f"reader{n}@example.com" for n in (1, 2, 3)]


@pytest.mark.parametrize("readers", ["", "0", "-1", "201", "1e3", "x"])
def test_nobody_sends_mail_without_end(lite_blog, client, readers):
    """One to two hundred; else the form says so."""
    response = client.post("/tour/threads/", data={"readers": readers})
    assert response.status_code == 200
    assert list(response.context["form"].errors) == ["readers"]


def test_a_newsletter_that_nobody_sent_is_404(client):
    """The id is that of another process, or forgotten."""
    assert client.get("/tour/newsletter/none/").status_code == 404


def test_celery_is_told_of_a_broker_by_one_setting(make_blog):
    """And the page says how to start a worker."""
    blog = make_blog(REDIS_URL="redis://127.0.0.1:6379/15")
    response = blog.client().get("/tour/celery/")
    assert live(response)["broker"] == "'redis'"
    assert "celery --app example_app.tasks worker" in response.text
    assert "No broker is set here" not in response.text


# --- what may be shown ---------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["SECRET_KEY", "password1", "csrf_token", "Cookie", "_user_id", "DATABASE_URL"],
)
def test_secrets_are_masked_by_their_name(name):
    """Alone and inside a mapping."""
    assert shown(name, "value") == MASK
    assert shown("form", {name: "value"}) == f"{{{name!r}: {MASK}}}"


def test_other_values_are_shown_and_cut():
    """Nobody needs a long one."""
    assert shown("title", "Hello") == "'Hello'"
    assert shown("is_authenticated", True) == "True"
    assert len(shown("content", "x" * 1000)) < 400

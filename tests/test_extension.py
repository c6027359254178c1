"""CBV: what an application gets beside the views themselves."""

from __future__ import annotations

import io
import logging
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask
from flask import g
from flask import render_template_string
from flask import request
from flask_login import LoginManager
from flask_wtf.csrf import CSRFProtect
from jinja2 import DictLoader
from wtforms import Form
from wtforms import StringField

import cbv
from cbv import CBV
from cbv import FormView
from cbv import ListView
from cbv import TemplateView
from cbv import View
from cbv.testing import Client
from cbv.testing import count_queries
from support.library_models import Book
from support.library_models import User


@pytest.fixture
def bare():
    """An application before CBV."""
    app = Flask(__name__, template_folder=None)
    app.config.update(TESTING=True, SECRET_KEY="x")
    app.test_client_class = Client
    return app


class TextForm(Form):
    text = StringField()


# --- installing ---------------------------------------------------------------------


def test_installed_at_once_or_later(bare):
    """CBV(app), or CBV().init_app(app) in a factory."""
    cbv = CBV()
    cbv.init_app(bare)
    assert bare.extensions["cbv"] is cbv
    other = Flask("other")
    assert CBV(other) is other.extensions["cbv"]


def test_installing_twice_is_refused(bare):
    """The second one would do everything again."""
    CBV(bare)
    with pytest.raises(RuntimeError, match=r"installed in .* already"):
        CBV(bare)


def test_one_extension_serves_several_applications(bare):
    """Nothing of an application is kept on the extension."""
    cbv = CBV()
    other = Flask("other")
    for app in (bare, other):
        cbv.init_app(app)
        app.add_url_rule("/", view_func=ListView.as_view("l", queryset=[1]))
        assert app.test_client().get("/").status_code == 200


def test_keywords_of_init_app_win(db, bare):
    """A factory may say what the module did not."""
    CBV(session=None).init_app(bare, session=db, user_model=User)
    bare.add_url_rule("/", view_func=ListView.as_view("l", model=Book))
    assert bare.test_client().get("/").status_code == 200


def test_application_keeps_what_it_had(bare):
    """Its config, its loaders and its own names for templates."""
    LoginManager(bare)
    before = dict(bare.config)
    bare.jinja_env.globals["querystring"] = "mine"
    CBV(bare)
    assert dict(bare.config) == before
    assert bare.jinja_env.globals["querystring"] == "mine"
    assert "current_view" in bare.jinja_env.globals


def test_settings_that_come_after_still_count(bare):
    """CBV(app) does not make the template environment too early."""
    CBV(bare)
    bare.config["TEMPLATES_AUTO_RELOAD"] = True
    bare.jinja_options = {"variable_start_string": "[["}
    assert bare.jinja_env.auto_reload is True
    assert bare.jinja_env.variable_start_string == "[["


def test_login_manager_is_made_or_kept(bare):
    """An existing one stays, whichever order they were installed in."""
    CBV(bare)
    assert isinstance(bare.login_manager, LoginManager)
    other = Flask("other")
    own = LoginManager(other)
    CBV(other)
    assert other.login_manager is own


# --- names --------------------------------------------------------------------------


def test_names_for_templates(bare):
    """querystring, current_view, csrf_token and current_user."""
    CBV(bare)
    text = (
        "{{ querystring(page=2) }} {{ current_view.mark }}"
        " {{ csrf_token() | length > 9 }} {{ current_user.is_authenticated }}"
    )
    bare.jinja_loader = DictLoader({"p.html": text})

    class Page(TemplateView):
        template_name = "p.html"
        mark = "!"

    bare.add_url_rule("/", view_func=Page.as_view())
    assert bare.test_client().get("/?a=1").text == "?a=1&amp;page=2 ! True False"


def test_user_is_loaded_only_where_the_page_asks(app, db):
    """current_user is a lazy proxy: no statement for a page without it."""
    user = User(username="u")
    db.add(user)
    db.commit()
    app.add_url_rule("/no", "no", lambda: render_template_string("x"))
    app.add_url_rule(
        "/yes", "yes", lambda: render_template_string("{{ current_user.username }}")
    )
    client = app.test_client()
    client.force_login(user)
    with count_queries(0):
        assert client.get("/no").text == "x"
    with count_queries(1):
        assert client.get("/yes").text == "u"


def test_g_takes_subscripts(bare):
    """g["name"] stands for g.name, both ways, with dict's errors."""
    CBV(bare)
    with bare.app_context():
        g["foo"] = "bar"
        assert g.foo == g["foo"] == g.get("foo") == "bar"
        g.spam = 1
        assert (g["spam"], "spam" in g) == (1, True)
        del g["spam"]
        for missing in (lambda: g["spam"], lambda: g.__delitem__("spam")):
            with pytest.raises(KeyError, match="spam"):
                missing()
        assert render_template_string("{{ g['foo'] }}{{ g.foo }}") == "barbar"


def test_own_class_of_g_is_extended(bare):
    """An application's own globals class keeps its methods."""

    class Globals(bare.app_ctx_globals_class):
        def hello(self):
            return "hello"

    bare.app_ctx_globals_class = Globals
    CBV(bare)
    with bare.app_context():
        g["x"] = 1
        assert (g.hello(), g.x) == ("hello", 1)


def test_slug_converter_is_there(bare):
    """Routes may say <slug:slug> at once; an own converter is kept."""
    CBV(bare)
    bare.add_url_rule("/<slug:slug>", "s", lambda slug: slug)
    client = bare.test_client()
    assert client.get("/a-b").text == "a-b"
    assert client.get("/a.b").status_code == 404


# --- templates ----------------------------------------------------------------------


def test_default_templates_stand_behind_the_applications(bare):
    """A file of the same name in the application wins."""
    CBV(bare)
    bare.jinja_loader = DictLoader({"cbv/object_list.html": "mine"})
    bare.add_url_rule("/", view_func=ListView.as_view("l", queryset=[1]))
    assert bare.test_client().get("/").text == "mine"


def test_views_that_need_nothing_work_without_it(bare):
    """View, TemplateView and RedirectView are plain Flask."""
    bare.jinja_loader = DictLoader({"p.html": "{{ view.mark }}{{ x }}"})

    class Page(TemplateView):
        template_name = "p.html"
        mark = "m"
        extra_context = {"x": 1}

    bare.add_url_rule("/", view_func=Page.as_view())
    assert bare.test_client().get("/").text == "m1"


# --- before everything else ---------------------------------------------------------


def test_size_of_a_view_counts_before_anything_reads_the_body(bare):
    """A before_request that reads the form cannot read past it; wider works too."""
    bare.config.update(MAX_CONTENT_LENGTH=100, WTF_CSRF_ENABLED=False)
    bare.before_request(lambda: request.form and None)
    CBV(bare)

    class Page(FormView):
        form_class = TextForm
        success_url = "/"

    bare.add_url_rule("/n", view_func=Page.as_view("n", max_content_length=50))
    bare.add_url_rule("/w", view_func=Page.as_view("w", max_content_length=500))
    bare.add_url_rule("/d", view_func=Page.as_view("d"))
    client = bare.test_client()
    found = {
        (address, size): client.post(address, data={"text": "x" * size}).status_code
        for address in ("/n", "/w", "/d")
        for size in (20, 70, 200, 600)
    }
    allowed = {key for key, status in found.items() if status == 303}
    assert allowed == {
        *(("/n", 20), ("/d", 20), ("/d", 70)),
        *(("/w", 20), ("/w", 70), ("/w", 200)),
    }
    assert set(found.values()) == {303, 413}


def test_size_holds_for_uploads(bare):
    """Multipart bodies are cut off as well."""
    bare.config["WTF_CSRF_ENABLED"] = False
    CBV(bare)

    class Page(FormView):
        form_class = TextForm
        success_url = "/"
        max_content_length = 300

    bare.add_url_rule("/", view_func=Page.as_view())
    data = {"file": (io.BytesIO(b"x" * 1000), "a.txt")}
    assert bare.test_client().post("/", data=data).status_code == 413


@pytest.mark.parametrize("first", ["cbv", "csrf"])
def test_malformed_referer_is_400_under_csrfprotect(bare, first):
    """Whichever was installed first; Flask-WTF alone would answer 500."""
    if first == "csrf":
        CSRFProtect(bare)
    CBV(bare)
    if first == "cbv":
        CSRFProtect(bare)
    bare.add_url_rule("/", "f", lambda: "", methods=["POST"])
    answer = bare.test_client().post(
        "/", headers={"Referer": "https://[::1"}, base_url="https://localhost"
    )
    assert answer.status_code == 400


# --- the log ------------------------------------------------------------------------


def test_verb_that_the_router_refuses_is_logged(bare, caplog):
    """405 of a view of ours, with control characters escaped; of others it is not."""

    class Page(View):
        def get(self, **kwargs):
            return ""

    CBV(bare)
    bare.add_url_rule("/p/<path:x>", view_func=Page.as_view())
    bare.add_url_rule("/f", "f", lambda: "")
    client = bare.test_client()
    with caplog.at_level(logging.WARNING, logger="cbv"):
        assert client.post("/p/a%0Db").status_code == 405
        assert client.post("/f").status_code == 405
        assert client.post("/nothing").status_code == 404
    assert caplog.messages == ["Method Not Allowed (POST): /p/a\\rb"]


# --- what is shipped ------------------------------------------------------------------


class Inline(HTMLParser):
    """Collects what a Content-Security-Policy without ``unsafe-inline`` refuses."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        names = {name for name, _ in attributes}
        if tag == "style" or (tag == "script" and "src" not in names):
            self.found.append(f"<{tag}>")
        self.found += [n for n in names if n == "style" or n.startswith("on")]
        self.found += [v for _, v in attributes if (v or "").startswith("javascript:")]


SHIPPED = sorted((Path(cbv.__file__).parent / "templates").rglob("*.html"))


@pytest.mark.parametrize("template", SHIPPED, ids=lambda path: path.name)
def test_no_shipped_template_has_an_inline_style_or_script(template):
    parser = Inline()
    code = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
    parser.feed(code.sub("", template.read_text()))
    assert not parser.found


def test_a_page_brings_its_style_as_a_file(app, client):
    class Names(ListView):
        queryset = ["Ada"]
        template_name = "cbv/object_list.html"

    app.add_url_rule("/", view_func=Names.as_view())
    page = client.get("/").text
    [address] = re.findall(r'<link rel="stylesheet" href="([^"]+)">', page)
    with client.get(address) as style:
        assert (style.status_code, style.mimetype) == (200, "text/css")

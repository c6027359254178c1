"""cbv.inspector: what views are made of, what is wrong, what a request does."""

from __future__ import annotations

import pytest
from flask import abort
from flask import Flask
from flask import g
from flask_login import UserMixin
from jinja2 import DictLoader
from sqlalchemy import or_

from cbv import CBV
from cbv import CreateView
from cbv import current_view
from cbv import db as cbv_db
from cbv import DeleteView
from cbv import DetailView
from cbv import FormView
from cbv import ListView
from cbv import ModelFormSetView
from cbv import RedirectView
from cbv import reverse
from cbv import SuccessMessageMixin
from cbv import TemplateView
from cbv import UpdateView
from cbv import View
from cbv.auth import current_user_id
from cbv.auth import LoginRequiredMixin
from cbv.auth import PasswordResetView
from cbv.auth import PermissionRequiredMixin
from cbv.auth import UserPassesTestMixin
from cbv.forms import Form
from cbv.inspector import check
from cbv.inspector import check_deploy
from cbv.inspector import explain
from cbv.inspector import find_subject
from cbv.inspector import notes
from cbv.inspector import Recorder
from cbv.inspector import routes
from cbv.inspector import templates
from cbv.inspector import trace
from cbv.inspector import UnknownSubject
from cbv.inspector import UnknownUser
from cbv.inspector.call_order import call_order
from cbv.views import dispatch
from support.applications import make_app
from support.library_models import Author
from support.library_models import Book
from support.library_models import User


def serve(app, view_class, rule="/", name="page", **options):
    app.add_url_rule(rule, view_func=view_class.as_view(name, **options))
    return app


def explained(app, name="page"):
    """Return the sections of an explanation by their titles, the head as ``None``."""
    head, *rest = explain(app, find_subject(app, name))
    return {None: head, **{section.title: list(section.rows) for section in rest}}


# --- explain ------------------------------------------------------------------------


class MyBooks(SuccessMessageMixin, UpdateView[Book]):
    fields = ["title"]
    success_url = "/"
    scope = Book.owner_id == current_user_id

    def get_queryset(self):
        return super().get_queryset().where(Book.title != "")

    def form_valid(self, form):
        return super().form_valid(form)


def test_the_head_names_class_place_rules_and_verbs(app):
    serve(app, MyBooks, "/<int:pk>/edit")
    head = explained(app)[None]
    assert head.title.startswith("page  MyBooks  ")
    assert "test_inspector.py:" in head.title
    assert head.rows == [("/<int:pk>/edit", "GET, POST, PUT, HEAD, OPTIONS")]


def test_the_bases_stand_in_pythons_own_order(app):
    bases = explained(serve(app, MyBooks))["Bases"]
    expected = [k.__name__ for k in MyBooks.__mro__ if k.__name__ != "object"]
    assert [name for name, _ in bases] == [n for n in expected if n != "Generic"]
    assert bases[1] == ("SuccessMessageMixin", "cbv.views.messages")


def test_each_hook_is_named_with_who_supplies_it_and_over_whom(app):
    hooks = {row[0]: row[1:] for row in explained(serve(app, MyBooks))["Hooks"]}
    assert hooks["get_queryset"] == ("MyBooks", "over SingleObjectMixin")
    assert hooks["form_valid"] == ("MyBooks", "over SuccessMessageMixin")
    assert hooks["get_object"] == ("SingleObjectMixin", "")
    assert hooks["object"][0] == "SingleObjectMixin"
    assert "_check_setup" not in hooks


def test_each_attribute_is_named_with_its_value_and_who_supplies_it(app):
    serve(app, MyBooks, success_message="Saved")
    attributes = {row[0]: row[1:] for row in explained(app)["Attributes"]}
    assert attributes["model"] == ("Book", "MyBooks")
    assert attributes["fields"] == ("['title']", "MyBooks")
    assert attributes["success_message"] == ("'Saved'", "as_view()")
    assert attributes["pk_url_kwarg"] == ("'pk'", "SingleObjectMixin")


def test_the_scope_is_shown_as_sql_with_who_gives_its_values(app):
    access = explained(serve(app, MyBooks))["Access"]
    assert access[-1][0] == "scope"
    assert "book.owner_id = " in access[-1][1]
    assert access[-1][1].endswith("()")


def test_the_access_rules_stand_in_the_order_in_which_they_are_asked(app):
    class Mine(View):
        def check_access(self):
            return None

    class Page(Mine, LoginRequiredMixin, PermissionRequiredMixin, UserPassesTestMixin):
        permission_required = ["a.b", "c.d"]
        csrf_protected = True

        def test_func(self):
            return True

    app.config["CBV_LOGIN_REQUIRED"] = True
    assert explained(serve(app, Page))["Access"] == [
        ("CBV_LOGIN_REQUIRED", "a log-in"),
        ("Mine", "its own check_access()"),
        ("LoginRequiredMixin", "a log-in"),
        ("PermissionRequiredMixin", "the permission a.b, c.d"),
        ("UserPassesTestMixin", "test_func of Page"),
        ("CSRF", "a token, for POST, PUT, PATCH and DELETE"),
    ]


def test_decorators_of_all_bases_are_shown(app):
    def noted(function):
        return function

    class Page(TemplateView):
        template_name = "x.html"
        decorators = [noted]

    attributes = {r[0]: r[1:] for r in explained(serve(app, Page))["Attributes"]}
    assert attributes["decorators"][0].endswith("noted]")


def test_a_view_without_rules_is_for_everyone(app):
    class Page(TemplateView):
        login_required = False
        template_name = "x.html"

    app.config["CBV_LOGIN_REQUIRED"] = True
    assert explained(serve(app, Page))["Access"] == [("everyone", "")]


def test_the_templates_tried_are_named_and_the_one_used_is_marked(app):
    app.jinja_loader = DictLoader({})
    tried = explained(serve(app, ListView, model=Book))["Templates"]
    assert tried[0][:2] == ("book_list.html", "not there")
    assert tried[1][0] == "cbv/object_list.html"
    assert tried[1][2] == "used"


def test_templates_that_a_hook_chooses_are_said_to_be_known_later(app):
    class Page(TemplateView):
        def get_template_names(self):
            return [g.chosen]

    (row,) = explained(serve(app, Page))["Templates"]
    assert row[0] == "known at request time only"


def test_a_function_has_its_place_and_its_access(app):
    @app.route("/f", methods=["POST"])
    def plain():
        return ""

    found = explained(app, "plain")
    assert "test_inspector.py" in found[None].title
    assert found["Access"] == [("everyone", "")]


def test_a_class_is_found_by_its_path(app):
    found = explained(app, "cbv.views.list:ListView")
    assert found[None].title.startswith("ListView  ")
    serve(app, MyBooks)
    assert find_subject(app, f"{__name__}:MyBooks").endpoint == "page"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("pag", "Did you mean 'page'"),
        ("zzz", "There is no endpoint 'zzz'."),
        ("cbv.views.list:Nothing", "no class 'cbv.views.list:Nothing'"),
        ("nowhere.at:All", "no class 'nowhere.at:All'"),
        ("cbv.forms:Form", "no view class"),
    ],
)
def test_an_unknown_name_is_told_with_near_ones(app, name, said):
    serve(app, MyBooks)
    with pytest.raises(UnknownSubject, match=said):
        find_subject(app, name)


# --- the order of calls -------------------------------------------------------------


def test_a_handler_that_stands_for_another_is_not_told_twice(app):
    found = explained(serve(app, MyBooks))
    assert "Calls for POST" in found
    assert "Calls for PUT" not in found
    app = serve(make_app(), RedirectView, url="/x")
    assert [title for title in explained(app) if title and "Calls" in title] == [
        "Calls for GET"
    ]


def test_calls_show_who_supplies_each_hook_below_its_caller(app):
    rows = explained(serve(app, MyBooks))["Calls for POST"]
    start = rows.index(("    form_valid", "MyBooks"))
    assert rows[start + 1] == ("      form_valid", "SuccessMessageMixin")
    assert rows[start + 2] == ("        form_valid", "ModelFormMixin")
    assert rows[0] == ("setup", "View")
    assert rows[1] == ("protect", "cbv.forms.csrf")


def test_what_a_hook_calls_is_told_the_first_time_it_stands_there(app):
    rows = [row[0].strip() for row in explained(serve(app, MyBooks))["Calls for POST"]]
    assert rows.count("get_initial") == 1
    assert rows.count("get_context_data …") >= 1
    assert rows.count("form_invalid") == 1
    assert rows.count("form_invalid …") == 1


def test_a_hook_that_is_only_set_or_called_later_is_no_call(app):
    class Page(View):
        later = None

        def get(self):
            self.later = lambda: self.never()

            def inner():
                return self.never()

            return self.first(self.second())

        def first(self, value):
            return value

        def second(self):
            return "ok"

        def never(self):
            abort(500)

    steps = call_order(Page(), "GET")
    assert [step.name for step in steps] == [
        "setup",
        "dispatch_request",
        "get",
        "second",
        "first",
    ]


def test_a_method_without_source_is_named_without_what_it_calls(app):
    namespace = {}
    exec("def get(self):\n    return self.inner()", namespace)
    page = type("Page", (View,), {"get": namespace["get"], "inner": lambda self: ""})
    assert [step.name for step in call_order(page(), "GET")][-1] == "get"


class NewBook(CreateView[Book]):
    fields = ["title"]
    success_url = "/"


@pytest.mark.parametrize(
    ("view_class", "verb", "data"),
    [
        (ListView[Book], "GET", None),
        (DetailView[Book], "GET", None),
        (NewBook, "GET", None),
        (NewBook, "POST", {"title": "New"}),
        (NewBook, "POST", {"title": ""}),
        (MyBooks, "POST", {"title": "Changed"}),
    ],
)
def test_what_a_request_really_calls_is_in_the_order_that_was_read(
    app, db, view_class, verb, data
):
    """Each recorded call stands further on, and as deep, among those that were read."""
    db.add(Book(id=1, title="Old"))
    db.commit()

    class Page(view_class):
        model = Book
        scope = None

    serve(app, Page, "/<int:pk>")
    recorder = Recorder(Page)
    client = app.test_client()
    with recorder.watching():
        client.open("/1", method=verb, data=data)
    read = iter([(s.depth, s.owner, s.name) for s in call_order(Page(), verb)])
    called = [(c.depth, c.owner, c.name) for c in recorder.calls]
    missing = [call for call in called if call not in read]  # each looks further on
    assert {name for *_, name in missing} <= {"request"}
    assert len(called) > 5


def test_guards_stand_before_the_check_of_the_csrf_token(app, monkeypatch):
    """As a request asks them: a stranger is not told that a token is missing."""
    called = []

    class Guarded(LoginRequiredMixin, NewBook):
        def check_access(self):
            called.append("check_access")

    monkeypatch.setattr(dispatch.csrf, "protect", lambda _: called.append("protect"))
    app.login_manager.user_loader(lambda key: UserMixin())
    serve(app, Guarded)
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = "1"
    client.post("/")
    read = [step.name for step in call_order(Guarded(), "POST")]
    assert called == ["check_access", "protect"]
    assert read[:4] == ["setup", "check_access", "check_access", "protect"]


def test_a_view_with_a_dispatch_alone_is_explained(app):
    """Its verbs and its one call."""

    class Page(View):
        methods = ("GET", "POST")

        def dispatch_request(self, **kwargs):
            return self.said()

        def said(self):
            return ""

    sections = explained(serve(app, Page))
    rows = [row[0].strip() for row in sections["Calls for GET"]]
    assert rows == ["setup", "dispatch_request", "said"]
    assert "Calls for POST" not in sections  # they are the same
    methods = {row[0]: row[2] for row in routes(app).rows}
    assert methods["page"] == "GET, POST, HEAD, OPTIONS"


# --- check --------------------------------------------------------------------------


def faults(app):
    return [(fault.where, fault.text) for fault in check(app)]


class Fine(TemplateView):
    template_name = "fine.html"


def loaded(**config):
    app = make_app(**config)
    app.jinja_loader = DictLoader({"fine.html": "fine", "broken.html": "{% if %}"})
    return app


def with_view(view_class, rule="/", **options):
    return lambda: serve(loaded(), view_class, rule, **options)


class NoTest(UserPassesTestMixin, Fine):
    pass


class NoPermission(PermissionRequiredMixin, Fine):
    pass


class Members(LoginRequiredMixin, Fine):
    pass


class Either(CreateView[Book]):
    fields = ["title"]
    success_url = "/"
    scope = or_(Book.pages == 1, Book.pages == 2)


FAULTS = {
    "no such template": (
        with_view(TemplateView, template_name="none.html"),
        "none.html.*create 'none.html'",
    ),
    "template with an error": (
        with_view(TemplateView, template_name="broken.html"),
        "broken.html:1.*mend the template",
    ),
    "no template named": (with_view(TemplateView), "set template_name"),
    "success_url without endpoint": (
        with_view(NewBook, success_url="pagg"),
        "no endpoint 'pagg'. Did you mean 'page'",
    ),
    "nowhere to go": (
        with_view(FormView, form_class=Form, template_name="fine.html"),
        "nowhere to go.*set success_url",
    ),
    "nowhere to go after deletion": (
        with_view(DeleteView[Book], "/<int:pk>", model=Book),
        "nowhere to go",
    ),
    "no form": (
        with_view(FormView, success_url="/", template_name="fine.html"),
        "set form_class",
    ),
    "no key in the rule": (
        with_view(DetailView, model=Book),
        "without 'pk' or 'slug'",
    ),
    "no key in the second rule": (
        lambda: serve(
            serve(loaded(), DetailView[Book], "/<int:pk>", model=Book),
            DetailView,
            "/other",
            "other",
            model=Book,
        ),
        "without 'pk'",
    ),
    "unknown field": (
        with_view(NewBook, fields=["titel"]),
        "titel",
    ),
    "unknown field of a formset": (
        with_view(ModelFormSetView, model=Book, fields=["titel"]),
        "titel",
    ),
    "unknown option of a formset": (
        with_view(
            ModelFormSetView,
            model=Book,
            fields=["title"],
            factory_kwargs={"extr": 1},
        ),
        "ModelFormSetView has factory_kwargs with 'extr': did you mean 'extra'",
    ),
    "no login page": (with_view(Members), "CBV_LOGIN_URL"),
    "no permission": (
        with_view(NoPermission, raise_exception=True),
        "set permission_required",
    ),
    "no test": (with_view(NoTest, raise_exception=True), "define test_func"),
    "redirect without endpoint": (
        with_view(RedirectView, pattern_name="pagg"),
        "Did you mean 'page'",
    ),
    "related that is none": (
        with_view(ListView, model=Book, related=["authr"]),
        "no relationship",
    ),
    "no database": (with_view(ListView, model=Book), r"pass CBV\(app, session"),
    "scope that cannot be filled": (with_view(Either), "no equality"),
    "no secret key": (
        lambda: serve(_without_key(), NewBook),
        "SECRET_KEY is not set",
    ),
    "unknown tasks": (
        lambda: loaded(CBV_TASKS_BACKEND="rq"),
        "'thread', 'immediate'",
    ),
    "login required nowhere": (
        lambda: loaded(CBV_LOGIN_REQUIRED=True),
        "CBV_LOGIN_URL",
    ),
}


def _without_key():
    app = loaded()
    app.secret_key = None
    return app


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_is_found_with_its_endpoint_and_cure(kind):
    make, said = FAULTS[kind]
    app = make()
    import re

    found = faults(app)
    matching = [where for where, text in found if re.search(said, text)]
    assert matching, found
    application = {"no secret key", "unknown tasks", "login required nowhere"}
    expected = "the application" if kind in application else None
    assert matching[0] == (expected or matching[0])
    assert expected or matching[0] in ("page", "other")


def test_a_sound_application_has_no_faults(app, db):
    app.config["CBV_LOGIN_URL"] = "/login"
    serve(app, ListView[Book], "/", "list", model=Book, related=["author"])
    serve(app, DetailView, "/<int:pk>", "detail", model=Book)
    serve(app, NewBook, "/new", "new")
    serve(app, MyBooks, "/<int:pk>/edit", "edit")
    serve(app, DeleteView, "/<int:pk>/gone", "gone", model=Book, success_url="list")
    serve(app, RedirectView, "/old", "old", pattern_name="list")
    assert faults(app) == []


def test_a_column_that_a_new_row_lacks_is_found(app, db):
    """It must not be NULL, has no default, and nothing fills it."""

    class Left(CreateView[Book]):
        fields = ["pages"]
        success_url = "/"

    class ByScope(Left):
        scope = Book.title == "a"

    class ByHook(Left):
        def form_valid(self, form):
            form.instance.title = "a"
            return super().form_valid(form)

    class Edit(UpdateView[Book]):
        fields = ["pages"]
        success_url = "/"

    serve(app, ByScope, "/scope", "scope")
    serve(app, ByHook, "/hook", "hook")
    serve(app, Edit, "/<int:pk>", "edit")
    assert faults(app) == []
    serve(app, Left, "/left", "left")
    ((where, text),) = faults(app)
    assert where == "left"
    assert "without 'title'" in text
    assert "Cure: name 'title' in fields" in text


def test_a_hook_that_needs_a_real_request_is_left_alone(app, db):
    class Page(ListView):
        model = Book

        def get_queryset(self):
            return super().get_queryset().where(Book.owner_id == self.user.id)

        def get_template_names(self):
            return [g.name]

    class Own(TemplateView):
        def get(self):
            return "own"

    class Elsewhere(LoginRequiredMixin, Own):
        def get_login_url(self):
            return reverse("hooked", pk=self.kwargs["pk"])

    class Hooked(UpdateView[Book]):
        def get_form(self):
            return None

        def get_success_url(self):
            return "/"

    serve(app, Page)
    serve(app, Own, "/own", "own")
    serve(app, Hooked, "/<int:pk>", "hooked")
    serve(app, Elsewhere, "/<int:pk>/elsewhere", "elsewhere")
    assert faults(app) == []


def test_hosts_that_are_trusted_do_not_disturb_the_check(app, db):
    app.config.update(TRUSTED_HOSTS=[".example.com"])
    serve(app, NewBook)
    assert faults(app) == []


def test_nothing_is_run_in_the_database(app, db):
    from cbv.testing import count_queries

    serve(app, ListView, model=Book, paginate_by=2)
    serve(app, MyBooks, "/<int:pk>", "edit")
    with count_queries(0):
        assert faults(app) == []


def noted(app):
    return [note.where for note in notes(app)]


def test_a_view_that_lets_everybody_change_any_row_is_noted(app, db):
    app.config["MAX_CONTENT_LENGTH"] = 1000

    class Anybody(UpdateView[Book]):
        fields = ["title"]
        success_url = "/"

    class Guarded(LoginRequiredMixin, Anybody):
        pass

    class Searched(Anybody):
        def get_queryset(self):
            return super().get_queryset()

    serve(app, Anybody, "/1/<pk>", "anybody")
    serve(app, Guarded, "/2/<pk>", "guarded")
    serve(app, Searched, "/3/<pk>", "searched")
    serve(app, MyBooks, "/4/<pk>", "scoped")
    serve(app, DeleteView, "/5/<pk>", "gone", model=Book, success_url="/")
    assert noted(app) == ["anybody", "gone"]
    app.config["CBV_LOGIN_REQUIRED"] = True
    assert noted(app) == []


def test_a_missing_limit_of_the_body_is_noted(app):
    assert "MAX_CONTENT_LENGTH" in notes(app)[0].text


SAFE = {
    "TESTING": False,
    "SECRET_KEY": "x" * 32,
    "SESSION_COOKIE_SECURE": True,
    "SESSION_COOKIE_SAMESITE": "Lax",
    "REMEMBER_COOKIE_SECURE": True,
    "TRUSTED_HOSTS": ["example.com"],
    "MAX_CONTENT_LENGTH": 1000,
    "WTF_CSRF_ENABLED": True,
}


def deployed(**config):
    from flask_wtf.csrf import CSRFProtect

    app = Flask("deployed")
    app.config.update({**SAFE, **config})
    CBV(app)
    if config.get("protect", True):
        CSRFProtect(app)
    return app


def test_a_safe_application_may_be_deployed():
    assert check_deploy(deployed()) == []


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"SECRET_KEY": None}, "SECRET_KEY is not set"),
        ({"SECRET_KEY": "dev"}, "SECRET_KEY can be guessed"),
        ({"SECRET_KEY": "You-Will-Never-Guess"}, "SECRET_KEY can be guessed"),
        ({"SECRET_KEY": b"you-will-never-guess"}, "SECRET_KEY can be guessed"),
        ({"TESTING": True}, "TESTING is on"),
        ({"DEBUG": True}, "debug is on"),
        ({"SESSION_COOKIE_SECURE": False}, "SESSION_COOKIE_SECURE"),
        ({"SESSION_COOKIE_HTTPONLY": False}, "SESSION_COOKIE_HTTPONLY"),
        ({"SESSION_COOKIE_SAMESITE": None}, "SESSION_COOKIE_SAMESITE"),
        ({"REMEMBER_COOKIE_SECURE": False}, "REMEMBER_COOKIE_SECURE"),
        ({"REMEMBER_COOKIE_SAMESITE": None}, "REMEMBER_COOKIE_SAMESITE"),
        ({"WTF_CSRF_ENABLED": False}, "WTF_CSRF_ENABLED"),
        ({"TRUSTED_HOSTS": None}, "TRUSTED_HOSTS"),
        ({"MAX_CONTENT_LENGTH": None}, "MAX_CONTENT_LENGTH"),
        ({"protect": False}, "CSRFProtect"),
    ],
)
def test_what_is_missing_for_deployment_is_named(config, said):
    (fault,) = check_deploy(deployed(**config))
    assert said in fault.text


def test_links_in_mail_need_a_base_address():
    app = serve(deployed(), PasswordResetView)
    assert "CBV_BASE_URL" in check_deploy(app)[0].text
    app.config["CBV_BASE_URL"] = "https://example.com"
    assert check_deploy(app) == []


# --- routes and templates -----------------------------------------------------------


def test_routes_names_endpoint_rule_verbs_class_and_access(app):
    class Page(LoginRequiredMixin, TemplateView):
        pass

    serve(app, Page, "/p", template_name="x.html")
    serve(app, MyBooks, "/<int:pk>", "edit")
    app.add_url_rule("/f", "function", lambda: "")
    assert routes(app).rows == [
        ("edit", "/<int:pk>", "GET, POST, PUT, HEAD, OPTIONS", "MyBooks", "scope"),
        ("function", "/f", "GET, HEAD, OPTIONS", routes(app).rows[1][3], "everyone"),
        (
            "page",
            "/p",
            "GET, HEAD, OPTIONS",
            routes(app).rows[2][3],
            "LoginRequiredMixin",
        ),
    ]


def test_templates_names_the_file_of_each_view(app):
    serve(app, ListView, model=Book)
    serve(app, RedirectView, "/r", "redirect", url="/")
    rows = {row[0]: row[1:] for row in templates(app).rows}
    assert rows["page"][0] == "cbv/object_list.html"
    assert rows["redirect"][0] == "none"


# --- trace --------------------------------------------------------------------------


def traced(app, *arguments):
    return {s.title: list(s.rows) for s in trace(app, *arguments)}


def test_a_trace_names_hooks_suppliers_times_and_statements(app, db):
    db.add_all([Book(title="One"), Author(name="A")])
    db.commit()

    class Page(ListView[Book]):
        def get_queryset(self):
            return super().get_queryset()

    found = traced(serve(app, Page), "/")
    assert found["page"][0] == ("status", "200 OK")
    calls = {(row[0].strip(), row[1]): row[2:] for row in found["Calls"]}
    assert calls[("get_queryset", "Page")][0].endswith(" ms")
    assert calls[("get_context_data", "MultipleObjectMixin")][1] == "1 SQL"
    ((by, statement),) = found["SQL"]
    assert by == "MultipleObjectMixin.get_context_data"
    assert statement.startswith("SELECT book.id")


def test_a_trace_shows_where_a_redirect_leads(app):
    found = traced(serve(app, RedirectView, url="/there"), "/")
    assert ("Location", "/there") in found["page"]


def test_a_trace_of_an_unknown_address_shows_no_hook(app):
    found = traced(app, "/nowhere")
    assert found["no view"][0] == ("status", "404 NOT FOUND")
    assert found["Calls"] == [("no hook of a class-based view",)]


def test_a_trace_shows_what_was_raised(app):
    class Page(View):
        def get(self):
            return 1 / 0

    found = traced(serve(app, Page), "/")
    assert found["page"][0] == ("raised", "ZeroDivisionError: division by zero")
    assert [row[1] for row in found["Calls"]][-1].endswith("Page")


def test_a_trace_follows_async_handlers(app):
    class Page(View):
        async def get(self):
            return self.inner()

        def inner(self):
            return "ok"

    calls = traced(serve(app, Page), "/?q=1")["Calls"]
    assert [row[0].strip() for row in calls][-2:] == ["get", "inner"]


def test_a_trace_may_be_of_a_user_by_key_or_name(app, db):
    user = User(username="ada")
    db.add(user)
    db.commit()
    seen = []

    class Page(LoginRequiredMixin, View):
        raise_exception = True

        def get(self):
            seen.append(self.user.username)
            return "ok"

    serve(app, Page)
    assert traced(app, "/")["page"][0] == ("status", "403 FORBIDDEN")
    for name in (str(user.id), "ada"):
        assert traced(app, "/", name)["page"][0] == ("status", "200 OK")
    assert seen == ["ada", "ada"]
    with pytest.raises(UnknownUser, match="'nobody'"):
        trace(app, "/", "nobody")


def test_a_trace_in_a_request_leaves_that_alone(app):
    class Page(View):
        def get(self):
            g.marker = "inner"
            return "ok"

    class Outer(View):
        def get(self):
            g.marker = "outer"
            trace(app, "/")
            return f"{g.marker} {current_view._get_current_object() is self}"

    serve(app, Page)
    serve(app, Outer, "/outer", "outer")
    assert app.test_client().get("/outer").text == "outer True"


def test_a_trace_goes_where_the_application_says_it_is():
    app = make_app(SERVER_NAME="blog.example", SESSION_COOKIE_SECURE=True)
    seen = []

    class Page(View):
        def get(self):
            seen.append(self.request.url)
            return "ok"

    trace(serve(app, Page), "http://anything/?a=1")
    assert seen == ["https://blog.example/?a=1"]


def test_nothing_is_left_of_a_trace(app, db):
    import sys
    import threading

    class Page(View):
        def get(self):
            cbv_db.save(Book(title="x"))
            return "ok"

    with pytest.warns(RuntimeWarning, match="not\n? ?saved"):
        trace(serve(app, Page), "/")
    assert sys.getprofile() is None
    assert threading.getprofile() is None
    assert db.query(Book).count() == 0


# --- pages --------------------------------------------------------------------------

PAGES = ["/", "/explain/page", "/check", "/trace", "/trace?url=/", "/templates"]


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_are_there_in_debug_mode_only(app, page):
    serve(app, Fine)
    app.jinja_loader = DictLoader({"fine.html": "fine"})
    app.config["CBV_LOGIN_REQUIRED"] = True
    app.config["CBV_LOGIN_URL"] = "/login"
    client = app.test_client()
    assert client.get(f"/_cbv{page}").status_code == 404
    app.debug = True
    assert client.get(f"/_cbv{page}").status_code == 200


def debug_client(app):
    app.debug = True
    return app.test_client()


def test_the_first_page_leads_to_each_view(app):
    serve(app, RedirectView, url="/x")
    text = debug_client(app).get("/_cbv/").text
    assert '<a href="/_cbv/explain/page">page</a>' in text


def test_an_unknown_view_is_a_404(app):
    assert debug_client(app).get("/_cbv/explain/nothing").status_code == 404


def test_the_page_of_checks_names_faults_and_notes(app):
    serve(app, TemplateView, template_name="none.html")
    text = debug_client(app).get("/_cbv/check").text
    assert "none.html" in text
    assert "MAX_CONTENT_LENGTH" in text
    assert "debug is on" in text


def test_the_page_of_a_trace_shows_the_request_and_escapes_what_it_was_asked(app):
    serve(app, Fine)
    app.jinja_loader = DictLoader({"fine.html": "fine"})
    client = debug_client(app)
    assert "get_template_names" in client.get("/_cbv/trace?url=/").text
    text = client.get("/_cbv/trace?url=/%3Cscript%3E&user=%3Cscript%3E").text
    assert "<script>" not in text


@pytest.mark.parametrize("url", ["/_cbv/", "http://elsewhere/", "//elsewhere"])
def test_what_is_not_of_the_application_is_not_traced(app, url):
    text = debug_client(app).get("/_cbv/trace", query_string={"url": url}).text
    assert "<h2>Calls" not in text

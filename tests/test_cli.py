"""cbv.cli: what ``flask cbv`` prints, writes and exits with."""

from __future__ import annotations

import configparser
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from flask import Flask

from cbv import CBV
from cbv import CreateView
from cbv import DetailView
from cbv import ListView
from cbv import RedirectView
from cbv import TemplateView
from cbv.auth import LoginView
from cbv.cli import cli
from cbv.views import TaskProgressView
from support.applications import make_app
from support.library_models import Author
from support.library_models import Book
from support.library_models import User

ROOT = Path(__file__).parents[1]


class NewBook(CreateView[Book]):
    fields = ["title"]
    success_url = "books"


@pytest.fixture
def shop(tmp_path, db):
    """An application in a folder of its own, with three views."""
    app = Flask("shop", root_path=str(tmp_path), template_folder="templates")
    app.config.update(TESTING=True, SECRET_KEY="test", WTF_CSRF_ENABLED=False)
    CBV(app, session=db, user_model=User)
    app.add_url_rule("/", view_func=ListView.as_view("books", model=Book))
    app.add_url_rule("/new", view_func=NewBook.as_view("new_book"))
    app.add_url_rule("/<int:pk>", view_func=DetailView.as_view("book", model=Book))
    return app


def run(app, *arguments):
    """Run ``flask cbv`` with arguments; return exit code and what was printed."""
    result = app.test_cli_runner().invoke(args=["cbv", *arguments])
    return result.exit_code, result.output


def test_the_application_has_the_command():
    assert make_app().cli.commands["cbv"] is cli


def test_the_entry_point_names_the_command():
    """For applications without ``CBV(app)``."""
    settings = configparser.ConfigParser(interpolation=None)
    settings.read(ROOT / "setup.cfg")
    name, _, target = settings["options.entry_points"]["flask.commands"].partition("=")
    module, _, attribute = target.strip().partition(":")
    assert name.strip() == "cbv"
    assert getattr(import_module(module), attribute) is cli


# --- explain ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["new_book", f"{__name__}:NewBook"])
def test_explain_prints_bases_access_calls_templates_attributes_and_hooks(shop, name):
    code, text = run(shop, "explain", name)
    assert code == 0
    titles = [line for line in text.splitlines() if line and not line.startswith(" ")]
    assert titles[0].startswith("new_book  NewBook  ")
    assert titles[1:] == [
        "Bases",
        "Access",
        "Calls for GET",
        "Calls for POST",
        "Templates",
        "Attributes",
        "Hooks",
    ]


def test_columns_are_aligned(shop):
    _, text = run(shop, "explain", "books")
    lines = text.partition("Bases\n")[2].partition("\n\n")[0].splitlines()
    assert len({line.index("cbv.") for line in lines if "cbv." in line}) == 1


@pytest.mark.parametrize("command", ["explain", "templates"])
def test_an_unknown_endpoint_ends_with_2_and_near_names(shop, command):
    code, text = run(shop, command, "bookz")
    assert code == 2
    assert "There is no endpoint 'bookz'. Did you mean" in text
    assert "'books'" in text


# --- check --------------------------------------------------------------------------


def test_check_of_a_sound_application_ends_with_0(shop):
    code, text = run(shop, "check")
    assert code == 0
    assert "Nothing to mend." in text


def test_check_ends_with_1_and_names_endpoint_and_cure(shop):
    view = TemplateView.as_view("about", template_name="about.html")
    shop.add_url_rule("/about", view_func=view)
    code, text = run(shop, "check")
    assert code == 1
    assert text.splitlines()[0].startswith("about: ")
    assert "Cure: create 'about.html'" in text
    assert "1 to mend." in text


def test_check_notes_a_missing_limit_and_ends_with_0(shop):
    code, text = run(shop, "check")
    assert code == 0
    assert "note: the application: MAX_CONTENT_LENGTH" in text


def test_check_deploy_ends_with_1_and_names_what_is_missing(shop):
    code, text = run(shop, "check", "--deploy")
    assert code == 1
    for name in ("SECRET_KEY", "TRUSTED_HOSTS", "CSRFProtect", "MAX_CONTENT_LENGTH"):
        assert name in text


def test_the_example_has_nothing_to_mend(tmp_path):
    done = flask(tmp_path, "example_app", "check")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Nothing to mend." in done.stdout


def test_the_example_may_be_deployed_where_its_hosts_are_named(tmp_path):
    done = flask(
        tmp_path, "example_app", "check", "--deploy", TRUSTED_HOSTS="blog.example"
    )
    assert done.returncode == 0, done.stdout + done.stderr


def flask(folder, app, *arguments, **environment):
    """Run ``flask cbv`` as a user would."""
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", app, "cbv", *arguments],
        cwd=ROOT,
        env={
            **os.environ,
            "INSTANCE_FOLDER": str(folder),
            "DATABASE_URL": f"sqlite:///{folder / 'blog.sqlite'}",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )


# --- routes and trace ---------------------------------------------------------------


def test_routes_lists_every_endpoint_but_static_files_and_our_own(shop):
    code, text = run(shop, "routes")
    assert code == 0
    assert [line.split()[0] for line in text.splitlines()] == [
        "book",
        "books",
        "new_book",
    ]


def test_trace_prints_the_calls_of_a_request(shop, db):
    code, text = run(shop, "trace", "/?page=1")
    assert code == 0
    assert "status  200 OK" in text
    assert "get_queryset" in text
    assert "SELECT book.id" in text


def test_trace_logs_a_user_in(shop, db):
    db.add(User(username="ada"))
    db.commit()
    assert run(shop, "trace", "/", "--user", "ada")[0] == 0
    code, text = run(shop, "trace", "/", "--user", "bob")
    assert code == 1
    assert "Error: No user has the key or the name 'bob'." in text


def test_trace_of_a_user_without_user_model_says_what_to_set():
    code, text = run(make_app(), "trace", "/", "--user", "ada")
    assert code == 1
    assert "user_model=User" in text


# --- templates ----------------------------------------------------------------------


def test_templates_copies_the_default_to_the_first_name_that_is_tried(shop, db):
    code, text = run(shop, "templates", "books")
    written = Path(shop.root_path, "templates", "book_list.html")
    assert code == 0
    assert text == f"Written: {written}\n"
    shipped = ROOT / "cbv" / "templates" / "cbv" / "object_list.html"
    assert written.read_text() == shipped.read_text()
    written.write_text("taken over")
    assert shop.test_client().get("/").text == "taken over"


def test_templates_never_writes_over_a_file_without_force(shop):
    own = Path(shop.root_path, "templates", "book_list.html")
    own.parent.mkdir()
    own.write_text("own")
    code, text = run(shop, "templates", "books")
    assert code == 1
    assert "--force overwrites it" in text
    assert own.read_text() == "own"
    assert run(shop, "templates", "books", "--force")[0] == 0
    assert own.read_text() != "own"


def test_templates_knows_blueprints_and_names_below_folders(shop):
    from flask import Blueprint

    shop.add_url_rule("/login", view_func=LoginView.as_view())
    shop.add_url_rule("/jobs/<task_id>", view_func=TaskProgressView.as_view("job"))
    blueprint = Blueprint("staff", __name__)
    blueprint.add_url_rule("/a", view_func=ListView.as_view("authors", model=Author))
    shop.register_blueprint(blueprint)
    for endpoint, name in [
        ("staff.authors", "staff/author_list.html"),
        ("login", "registration/login.html"),
        ("job", "cbv/task_progress.html"),
    ]:
        code, text = run(shop, "templates", endpoint)
        assert code == 0, text
        assert Path(shop.root_path, "templates", name).is_file()


def test_templates_of_a_view_without_a_default_is_an_error(shop):
    shop.add_url_rule("/old", view_func=RedirectView.as_view("old", url="/"))
    code, text = run(shop, "templates", "old")
    assert code == 1
    assert "RedirectView has no default template." in text


def test_templates_of_names_that_are_known_later_is_an_error(shop):
    class Page(TemplateView):
        def get_template_names(self):
            raise LookupError("which?")

    shop.add_url_rule("/p", view_func=Page.as_view("page"))
    code, text = run(shop, "templates", "page")
    assert code == 1
    assert "at request time only: which?" in text


def test_templates_never_leaves_the_folder_of_templates(shop):
    class Page(ListView):
        model = Book

        def get_template_names(self):
            return ["../../outside.html", "cbv/object_list.html"]

    shop.add_url_rule("/p", view_func=Page.as_view("page"))
    code, text = run(shop, "templates", "page")
    assert code == 1
    assert "no name for a file" in text


def test_templates_needs_a_folder_of_templates(db):
    app = make_app(db)
    app.add_url_rule("/", view_func=ListView.as_view("books", model=Book))
    code, text = run(app, "templates", "books")
    assert code == 1
    assert "no template_folder" in text

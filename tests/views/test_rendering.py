"""Which of a view's templates is rendered, and how often that is looked up."""

from __future__ import annotations

import pytest
from flask import Flask
from jinja2 import BaseLoader
from jinja2 import TemplateNotFound
from jinja2 import TemplateSyntaxError

from cbv import ImproperlyConfigured
from cbv import TemplateView
from cbv.views.rendering import find_template


class Noting(BaseLoader):
    """A loader that notes what it is asked for."""

    def __init__(self, **texts):
        self.texts, self.asked = texts, []

    def get_source(self, environment, template):
        self.asked.append(template)
        name = template.removesuffix(".html")
        if name not in self.texts:
            raise TemplateNotFound(template)
        return self.texts[name], template, lambda: True


@pytest.fixture
def page():
    """An application, its loader, and a view with several candidates."""
    app = Flask(__name__, template_folder=None)
    app.testing = True
    app.jinja_loader = Noting(b="B", c="C")

    class Page(TemplateView):
        names = ("a.html", "b.html", "c.html")

        def get_template_names(self):
            return list(self.names)

    app.add_url_rule("/", view_func=Page.as_view())
    return app, Page


def test_first_that_exists_is_rendered_and_found_once(page):
    """Names that do not exist are asked for in the first request alone."""
    app, _ = page
    client = app.test_client()
    assert [client.get("/").text for _ in range(3)] == ["B", "B", "B"]
    assert app.jinja_loader.asked.count("a.html") == 1


def test_under_auto_reload_a_new_file_is_found(page):
    """While developing, a template that comes later counts at once."""
    app, _ = page
    app.config["TEMPLATES_AUTO_RELOAD"] = True
    client = app.test_client()
    assert client.get("/").text == "B"
    app.jinja_loader.texts["a"] = "A"
    assert client.get("/").text == "A"


def test_other_names_are_looked_up_apart(page):
    """What is remembered belongs to the names, not to the view."""
    app, view = page
    client = app.test_client()
    client.get("/")
    view.names = ("c.html",)
    assert client.get("/").text == "C"


def test_applications_remember_apart(page):
    """Two applications with one view have their own templates."""
    app, view = page
    app.test_client().get("/")
    other = Flask("other", template_folder=None)
    other.jinja_loader = Noting(a="other A")
    other.add_url_rule("/", view_func=view.as_view())
    assert other.test_client().get("/").text == "other A"


def test_names_without_end_are_not_all_remembered(page):
    """Names that come out of rows must not fill the memory."""
    app, _ = page
    with app.app_context():
        for n in range(2000):
            find_template(None, [f"{n}.html", "b.html"])
        known = app.extensions["cbv.templates"]
    assert len(known) <= 1000


def test_none_found_lists_all_that_were_tried(page):
    """The error names the class, the names in order and the cures."""
    app, view = page
    view.names = ("x.html", "y.html")
    with pytest.raises(ImproperlyConfigured) as error:
        app.test_client().get("/") if app.testing else _get(app)
    assert "Page has no template; tried, in this order: x.html, y.html" in str(
        error.value
    )
    assert "create 'x.html'" in str(error.value)


def _get(app):
    app.testing = True
    app.test_client().get("/")


def test_template_that_includes_a_missing_one_says_which(page):
    """A mistake inside a template is not taken for a missing template."""
    app, _ = page
    app.jinja_loader.texts["b"] = "{% include 'zz.html' %}"
    with pytest.raises(TemplateNotFound, match=r"zz\.html"):
        app.test_client().get("/")


def test_template_with_a_mistake_is_not_skipped(page):
    """The next name is no way out of a syntax error."""
    app, _ = page
    app.jinja_loader.texts["b"] = "{% if %}"
    with pytest.raises(TemplateSyntaxError):
        app.test_client().get("/")

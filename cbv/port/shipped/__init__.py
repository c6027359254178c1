"""Django's template filters for Jinja, as far as Jinja has not its own.

``init_app(app)`` adds them to an application, and the tags and filters that modules
register with :class:`Library`. A ported project has a copy of this folder, which is
its own from then on. Django: ``django.template.defaultfilters``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from flask import render_template
from jinja2 import ChainableUndefined
from jinja2 import pass_context
from markupsafe import Markup

from . import dates
from . import numbers
from . import texts

FILTERS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        dates.date,
        dates.time,
        dates.timesince,
        dates.timeuntil,
        numbers.add,
        numbers.floatformat,
        numbers.filesize,
        numbers.get_digit,
        numbers.intcomma,
        numbers.ordinal,
        numbers.apnumber,
        numbers.pluralize,
        numbers.yesno,
        numbers.default_if_none,
        numbers.called,
        numbers.errorlist,
        numbers.regroup,
        texts.capfirst,
        texts.addslashes,
        texts.title_case,
        texts.linebreaks,
        texts.linebreaksbr,
        texts.linenumbers,
        texts.truncatechars,
        texts.truncatewords,
        texts.truncatewords_html,
        texts.truncatechars_html,
        texts.wrap_words,
        texts.count_words,
        texts.strip_tags,
        texts.slugify,
        texts.ljust,
        texts.rjust,
        texts.make_list,
        texts.stringformat,
        texts.spaceless,
        texts.escapejs,
        texts.json_script,
        texts.iriencode,
        texts.unordered_list,
    )
}
GLOBALS = {"now": dates.now, "widthratio": numbers.widthratio}


class Library:
    """Filters and tags of one module; the tags are functions in Jinja.

    Django: ``django.template.Library``.
    """

    def __init__(self) -> None:
        self.filters: dict[str, Any] = {}
        self.tags: dict[str, Any] = {}

    def filter(self, name: Any = None, function: Any = None, **options: Any) -> Any:
        """Register a filter, as a decorator or by a call."""
        return _registered(self.filters, name, options.get("name"), function)

    def simple_tag(
        self, function: Any = None, takes_context: bool = False, name: Any = None
    ) -> Any:
        """Register a function that a template calls."""

        def register(function: Any) -> Any:
            called = pass_context(function) if takes_context else function
            self.tags[name or function.__name__] = called
            return function

        return register if function is None else register(function)

    def inclusion_tag(
        self, template: str, takes_context: bool = False, name: Any = None
    ) -> Any:
        """Register a function whose context a template is rendered with."""

        def register(function: Any) -> Any:
            def render(*args: Any, **kwargs: Any) -> Markup:
                return Markup(render_template(template, **function(*args, **kwargs)))

            called = pass_context(render) if takes_context else render
            self.tags[name or function.__name__] = called
            return function

        return register


def _registered(filters: dict[str, Any], name: Any, given: Any, function: Any) -> Any:
    if callable(name):
        filters[given or name.__name__] = name
        return name
    if function is not None:
        filters[name] = function
        return function

    def register(function: Any) -> Any:
        filters[name or given or function.__name__] = function
        return function

    return register


def init_app(app: Flask, *libraries: Library) -> None:
    """Add everything to an application whose Jinja environment is not made yet.

    As in Django a name that is not there is empty, at any depth, what is inserted is
    escaped in every file, and a template keeps the line end behind its last line.
    """
    app.jinja_options = {
        **app.jinja_options,
        "autoescape": True,
        "keep_trailing_newline": True,
        "undefined": ChainableUndefined,
    }
    environment = app.jinja_env
    environment.add_extension("jinja2.ext.i18n")
    environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    environment.filters.update(FILTERS)
    environment.globals.update(GLOBALS)
    for library in libraries:
        environment.filters.update(library.filters)
        environment.globals.update(library.tags)

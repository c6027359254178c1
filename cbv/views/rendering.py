"""Which of a view's template names exists; looked up once for each application.

Django: ``django.template.loader.select_template``.
"""

from __future__ import annotations

from flask import current_app
from flask import Flask
from jinja2 import Template
from jinja2 import TemplateNotFound

from ..exceptions import misconfigured

#: Under this name an application's extensions hold which of several names a template
#: was found under.
_KNOWN = "cbv.templates"
#: Names may come out of rows without end; what is remembered must not grow with them.
_KNOWN_AT_MOST = 1000


def find_template(view: object, names: list[str]) -> Template:
    """Return the first template that exists; under which name is looked up once.

    Under ``auto_reload`` it is looked up each time: a file may have come.

    :raises ImproperlyConfigured: when none exists; lists the names tried.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    environment = app.jinja_env
    known = app.extensions.setdefault(_KNOWN, {})
    key = tuple(names)
    if key in known and not environment.auto_reload:
        return environment.get_template(known[key])
    try:
        template = environment.select_template(names)
    except TemplateNotFound as error:
        if error.name not in names:  # one that our template includes or extends
            raise
        raise misconfigured(
            view,
            f"has no template; tried, in this order: {', '.join(names)}",
            f"create {names[0]!r} in a template folder",
            "set template_name",
            "install CBV(app), which brings default templates",
        ) from error
    if len(known) < _KNOWN_AT_MOST:
        known[key] = template.name or names[0]
    return template

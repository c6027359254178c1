"""Derive the template names of a view, and load the first template that exists.

Each application remembers which of the names it found, so that the search in its
template folders is done once.

Django: ``django.template.loader.select_template``.
"""

from __future__ import annotations

from flask import current_app
from flask import Flask
from flask import request
from jinja2 import Template
from jinja2 import TemplateNotFound

from ..exceptions import misconfigured

#: The key in ``app.extensions`` of a dict: for each tuple of template names, the name
#: of the first template that exists.
_FOUND_NAMES = "cbv.templates"
#: ``template_name_field`` reads names from rows, so that there may be any number of
#: them; this limits the size of that dict.
_MAX_FOUND_NAMES = 1000


def derived_names(model: type | None, suffix: str) -> list[str]:
    """Return the template names for a model and a suffix, the most specific one first.

    For ``Post``, ``"_list"`` and the blueprint ``blog``: ``blog/post_list.html``,
    ``post_list.html`` and ``cbv/object_list.html``, which cbv ships.

    :param model: the mapped class; None for cbv's own template alone.
    """
    names = [f"cbv/object{suffix}.html"]
    if model is not None:
        names.insert(0, f"{model.__name__.lower()}{suffix}.html")
        if request.blueprint:
            names.insert(0, f"{request.blueprint.replace('.', '/')}/{names[0]}")
    return names


def find_template(view: object, names: list[str]) -> Template:
    """Return the first template of these names that exists.

    With Jinja's ``auto_reload`` the folders are searched for each request, because a
    template of a more specific name may have been added.

    :param view: the view; the error names its class.
    :raises ImproperlyConfigured: when no template exists; it lists the names tried.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    environment = app.jinja_env
    found_names = app.extensions.setdefault(_FOUND_NAMES, {})
    key = tuple(names)
    if key in found_names and not environment.auto_reload:
        return environment.get_template(found_names[key])
    try:
        template = environment.select_template(names)
    except TemplateNotFound as error:
        # Another name is that of a template which ours includes or extends.
        if error.name not in names:
            raise
        raise misconfigured(
            view,
            f"has no template; tried, in this order: {', '.join(names)}",
            f"create {names[0]!r} in a template folder",
            "set template_name",
            "install CBV(app), which brings default templates",
        ) from error
    if len(found_names) < _MAX_FOUND_NAMES:
        found_names[key] = template.name or names[0]
    return template

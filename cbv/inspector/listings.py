"""List the endpoints and templates of an application, and copy a default template.

``flask cbv routes`` and ``flask cbv templates`` call these functions.

Django: ``show_urls`` of django-extensions.
"""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from werkzeug.security import safe_join

from .explanation import access_rows
from .explanation import template_names
from .explanation import template_rows
from .sections import Section
from .subjects import Subject
from .subjects import subjects
from .subjects import view_in_request

#: The folder of the default templates of cbv.
SHIPPED = Path(__file__).parents[1] / "templates"


class NoTemplate(LookupError):
    """Raised if a view has no default template to copy; the message says why.

    Since 0.1.
    """


def routes(app: Flask) -> Section:
    """List every URL rule of an application with the view that it leads to.

    :returns: rows of the endpoint, the rule, the HTTP methods, the name of the class or
        function, and the guards.

    Since 0.1. django-extensions: ``show_urls``.
    """
    rows: list[tuple[str, ...]] = []
    for subject in subjects(app):
        guards = [row[0] for row in access_rows(app, subject) if row[0] != "CSRF"]
        access = ", ".join(dict.fromkeys(guards)) or "everyone"
        for rule in subject.rules:
            name = str(subject.endpoint)
            rows.append((name, rule.rule, subject.methods, subject.name, access))
    return Section("", rows)


def templates(app: Flask) -> Section:
    """List the template that each view of cbv uses.

    :returns: rows of the endpoint, the name of the template and its file. If the name
        is known at request time only, the row says why.

    Since 0.1.
    """
    rows: list[tuple[str, ...]] = []
    for subject in subjects(app):
        if subject.is_ours:
            with view_in_request(app, subject) as view:
                candidates = template_rows(view)
            used = [row for row in candidates if row[-1] == "used"]
            rows.append((str(subject.endpoint), *(used or candidates)[0][:2]))
    return Section("", rows)


def take_over(app: Flask, subject: Subject, force: bool = False) -> Path:
    """Copy the default template of a view into the application's template folder.

    The copy gets the first name that the view tries, so the view uses it from then on.

    :param force: whether to overwrite a file that exists.
    :returns: the path of the copy.
    :raises NoTemplate: if the view has no default template, if its hooks need a real
        request to name it, or if the application has no template folder.
    :raises FileExistsError: if the file exists and ``force`` is not set.

    Since 0.1.
    """
    if not app.template_folder:
        raise NoTemplate("The application has no template_folder.")
    with view_in_request(app, subject) as view:
        try:
            names = template_names(view)
        except Exception as error:
            text = f"{subject.name} names its templates at request time only: {error}"
            raise NoTemplate(text) from error
    source = next((s for s in map(_shipped, names) if s is not None), None)
    if source is None:
        raise NoTemplate(f"{subject.name} has no default template.")
    target = safe_join(str(Path(app.root_path, app.template_folder)), names[0])
    if target is None:
        raise NoTemplate(f"{names[0]!r} is no name for a file.")
    return _copied(source, Path(target), force)


def _shipped(name: str) -> Path | None:
    """Return the file of a default template of cbv, None if there is none."""
    path = SHIPPED / name
    return path if path.is_file() else None


def _copied(source: Path, target: Path, force: bool) -> Path:
    """Copy a text file, create the folders above it, and return the copy's path."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("w" if force else "x", encoding="utf-8") as file:
        file.write(source.read_text(encoding="utf-8"))
    return target

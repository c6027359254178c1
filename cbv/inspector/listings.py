"""Every endpoint in a line: ``flask cbv routes``; and taking a default template over.

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
from .subjects import asked
from .subjects import Subject
from .subjects import subjects

#: Where the templates are that cbv ships.
SHIPPED = Path(__file__).parents[1] / "templates"


class NoTemplate(LookupError):
    """Say why there is no default template to be copied."""


def routes(app: Flask) -> Section:
    """Return endpoint, rule, verbs, class and access rule of every view.

    Since 0.1.
    """
    rows: list[tuple[str, ...]] = []
    for subject in subjects(app):
        asked_for = [row[0] for row in access_rows(app, subject) if row[0] != "CSRF"]
        asks = ", ".join(dict.fromkeys(asked_for)) or "everyone"
        for rule in subject.rules:
            name = str(subject.endpoint)
            rows.append((name, rule.rule, subject.methods, subject.name, asks))
    return Section("", rows)


def templates(app: Flask) -> Section:
    """Return the template that each view uses, where it is known without a request.

    Since 0.1.
    """
    rows: list[tuple[str, ...]] = []
    for subject in subjects(app):
        if subject.is_ours:
            with asked(app, subject) as view:
                found = template_rows(view)
            used = [row for row in found if row[-1] == "used"]
            rows.append((str(subject.endpoint), *(used or found)[0][:2]))
    return Section("", rows)


def take_over(app: Flask, subject: Subject, force: bool = False) -> Path:
    """Copy the default template of a view into the application's template folder.

    It is written under the first name that the view tries, so it is used from then on.

    :param force: whether a file that is there is overwritten.
    :returns: the file that was written.
    :raises NoTemplate: when the view has no default, or its hooks need a request.
    :raises FileExistsError: when the application has the file already.

    Since 0.1.
    """
    if not app.template_folder:
        raise NoTemplate("The application has no template_folder.")
    with asked(app, subject) as view:
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
    path = SHIPPED / name
    return path if path.is_file() else None


def _copied(source: Path, target: Path, force: bool) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("w" if force else "x", encoding="utf-8") as file:
        file.write(source.read_text(encoding="utf-8"))
    return target

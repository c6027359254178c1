"""The commands ``flask cbv explain``, ``check``, ``routes``, ``trace``, ``templates``.

Each command prints what a function of :mod:`cbv.inspector` returns. ``port`` is another
wing's, and loaded when it is asked for: it alone needs libcst.

Django: ``manage.py check``, and ``show_urls`` of django-extensions.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence
from importlib import import_module

import click
from flask import current_app
from flask import Flask
from flask.cli import with_appcontext

from .exceptions import ImproperlyConfigured
from .inspector.checks import check
from .inspector.checks import Fault
from .inspector.deployment import check_deploy
from .inspector.deployment import notes
from .inspector.explanation import explain
from .inspector.listings import NoTemplate
from .inspector.listings import routes
from .inspector.listings import take_over
from .inspector.sections import as_text
from .inspector.subjects import find_subject
from .inspector.subjects import Subject
from .inspector.subjects import UnknownSubject
from .inspector.tracing import trace
from .inspector.tracing import UnknownUser


class _Commands(click.Group):
    """The commands; ``port`` is imported when it is first asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, with the one that is not loaded yet."""
        return sorted({*super().list_commands(ctx), "port"})

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Return a command; for ``port`` without libcst, one that says what to do."""
        if name != "port":
            return super().get_command(ctx, name)
        try:
            command: click.Command = import_module("cbv.port.command").command
        except ImportError as error:
            return click.Command(
                "port",
                callback=_without_extra(error),
                short_help="Turn a Django project into one for cbv.",
                context_settings={"ignore_unknown_options": True},
                params=[click.Argument(["arguments"], nargs=-1)],
            )
        return command


def _without_extra(error: ImportError) -> Callable[..., None]:
    def refuse(arguments: Sequence[str]) -> None:
        text = f"{error}. Cure: pip install flask-cbv[port]."
        raise click.ClickException(text)

    return refuse


@click.group("cbv", cls=_Commands)
def cli() -> None:
    """Explain and check class-based views."""


@cli.command("explain")
@click.argument("view", metavar="ENDPOINT or MODULE:CLASS")
@with_appcontext
def explain_command(view: str) -> None:
    """Show the bases, guards, calls, templates, attributes and hooks of a view."""
    app = _app()
    click.echo(as_text(explain(app, _subject(app, view))))


@cli.command("check")
@click.option(
    "--deploy", is_flag=True, help="Also check the settings for a public server."
)
@with_appcontext
def check_command(deploy: bool) -> None:
    """Find mistakes in the set-up without a request; the exit code is 1 if any."""
    app = _app()
    faults = check(app) + (check_deploy(app) if deploy else [])
    for fault in faults:
        click.echo(_line(fault))
    for note in [] if deploy else notes(app):
        click.echo(f"note: {_line(note)}")
    if faults:
        click.echo(f"{len(faults)} to mend.")
        raise SystemExit(1)
    click.echo("Nothing to mend.")


def _line(fault: Fault) -> str:
    return f"{fault.where}: {fault.text}"


@cli.command("routes")
@with_appcontext
def routes_command() -> None:
    """List every endpoint with its URL rule, HTTP methods, class and guards."""
    click.echo(as_text([routes(_app())]))


@cli.command("trace")
@click.argument("url")
@click.option("--user", help="Key or name of a user to log in.")
@with_appcontext
def trace_command(url: str, user: str | None) -> None:
    """Send a GET request, and show the hooks that it called, their time and SQL."""
    try:
        click.echo(as_text(trace(_app(), url, user)))
    except (UnknownUser, ImproperlyConfigured) as error:
        raise click.ClickException(str(error)) from error


@cli.command("templates")
@click.argument("endpoint")
@click.option("--force", is_flag=True, help="Overwrite a file that is there.")
@with_appcontext
def templates_command(endpoint: str, force: bool) -> None:
    """Copy a view's default template into the application's template folder."""
    app = _app()
    try:
        written = take_over(app, _subject(app, endpoint), force)
    except NoTemplate as error:
        raise click.ClickException(str(error)) from error
    except FileExistsError as error:
        text = f"{error.filename} is there already; --force overwrites it."
        raise click.ClickException(text) from error
    click.echo(f"Written: {written}")


def _app() -> Flask:
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return app


def _subject(app: Flask, name: str) -> Subject:
    """Return the view of that name; for an unknown name, end with exit code 2."""
    try:
        return find_subject(app, name)
    except UnknownSubject as error:
        raise click.UsageError(str(error)) from error

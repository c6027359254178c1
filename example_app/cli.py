"""``flask --app example_app seed`` and ``import-posts FILE``.

Django twin: ``management/commands/``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import click
from flask import Flask
from flask.cli import with_appcontext
from sqlalchemy.exc import OperationalError

from .content.importer import BrokenLine
from .content.importer import load
from .content.importer import Report
from .content.seed import DEMO_PASSWORD
from .content.seed import DEMO_USER
from .content.seed import seed
from .site.database import db


def init_app(app: Flask) -> None:
    """Give the app its commands."""
    app.cli.add_command(seed_command)
    app.cli.add_command(import_command)


def greet(address: str) -> None:
    """Say where the blog is and who can log in."""
    click.echo(f"\n  The blog:  {address}")
    click.echo(f"  Log in as  {DEMO_USER}  with the password  {DEMO_PASSWORD}\n")
    sys.stdout.flush()


@click.command("seed")
@with_appcontext
def seed_command() -> None:
    """Add demo users, posts, tags and comments. Their password is public."""
    with _database_faults():
        added = seed()
    click.echo(f"{added} posts added.")
    click.echo(f"Log in as {DEMO_USER} with the password {DEMO_PASSWORD}.")


@click.command("import-posts")
@click.argument("file", type=click.File("rb"))
@with_appcontext
def import_command(file: BinaryIO) -> None:
    """Add the posts of FILE, one JSON object a line; what is known is passed over.

    A line that cannot be taken ends the run; the posts before it are kept.
    """
    try:
        with _database_faults(), _progress(file) as advance:
            report = load(file, db.session, advance)
    except BrokenLine as error:
        raise click.ClickException(str(error)) from None
    click.echo(_told(report))


def _told(report: Report) -> str:
    return (
        f"{report.added} posts added, {report.known} known already;"
        f" {report.authors} authors added."
    )


@contextmanager
def _progress(file: BinaryIO) -> Iterator[Callable[[int], object]]:
    """Give what moves a progress bar on a terminal, and does nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda size: None
        return
    size = os.fstat(file.fileno()).st_size
    with click.progressbar(length=size, label="Importing", file=sys.stderr) as bar:
        yield bar.update


@contextmanager
def _database_faults() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        raise click.ClickException(
            f"The database does not answer: {error.orig}".strip()
        ) from None

"""The command ``flask cbv port``."""

from __future__ import annotations

from pathlib import Path

import click

from .port import PARTS
from .port import Port
from .port import port
from .report import differences
from .report import report
from .writing import write


@click.command("port")
@click.argument("path", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--to", "target", type=click.Path(path_type=Path), help="Folder for the result."
)
@click.option("--only", type=click.Choice(PARTS), multiple=True, help="One part alone.")
@click.option("--diff", is_flag=True, help="Show the differences (the default).")
@click.option("--write", "writes", is_flag=True, help="Write the files.")
@click.option("--force", is_flag=True, help="Overwrite files that are there.")
@click.option("--report", "brief", is_flag=True, help="Show the report alone.")
def command(
    path: Path,
    target: Path | None,
    only: tuple[str, ...],
    diff: bool,
    writes: bool,
    force: bool,
    brief: bool,
) -> None:
    """Turn the Django project in PATH into one for Flask and cbv.

    Nothing of the project is run. The exit code is 1 if some input was bad.
    """
    target = target or path.resolve().with_name(f"{path.resolve().name}_flask")
    result = port(path, target, only or PARTS)
    if writes:
        _write(result, target, force)
    if diff or not (writes or brief):
        click.echo(differences(result, target), nl=False)
    click.echo(report(result, result.project.base), err=diff or not (writes or brief))
    if result.has_errors:
        raise SystemExit(1)


def _write(result: Port, target: Path, force: bool) -> None:
    try:
        written = write(result, target, force)
    except FileExistsError as error:
        text = f"{error.filename} is there already; --force overwrites it."
        raise click.ClickException(text) from error
    click.echo(f"Written: {len(written)} files in {target}")

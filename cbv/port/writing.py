"""Write a ported project into its folder, and nowhere else."""

from __future__ import annotations

from pathlib import Path

from .port import Port


def write(result: Port, target: Path, force: bool = False) -> list[Path]:
    """Write every file below ``target`` and return their paths.

    :param force: also over files that are there.
    :raises FileExistsError: when a file is there already; then nothing is written.
    :raises ValueError: when a file would stand outside of ``target``.

    Since 0.1.
    """
    folder = target.resolve()
    paths = [(folder / file.target).resolve() for file in result.files]
    outside = [path for path in paths if not path.is_relative_to(folder)]
    if outside:
        raise ValueError(f"{outside[0]} is not in {folder}")
    there = [path for path in paths if path.exists()]
    if there and not force:
        raise FileExistsError(17, "it is there already", str(there[0]))
    for path, file in zip(paths, result.files, strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
    return paths

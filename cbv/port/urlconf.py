"""Read the addresses of a project from its URLconfs, as text.

Django: ``ROOT_URLCONF``, ``path``, ``re_path`` and ``include``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import NamedTuple

from . import modules
from .notes import Note

_VARIABLE = re.compile(r"<(?:[^>:]+:)?(\w+)>")
_GROUP = re.compile(r"\(\?P<(\w+)>")
#: The addresses of Django's accounts, with the names of their values.
ACCOUNTS = {
    "login": (),
    "logout": (),
    "password_change": (),
    "password_change_done": (),
    "password_reset": (),
    "password_reset_done": (),
    "password_reset_confirm": ("uidb64", "token"),
    "password_reset_complete": (),
}
_FOREIGN = {"django.contrib.auth.urls": ACCOUNTS}


class Place(NamedTuple):
    """Where a list of patterns is included: its file, namespace and values so far."""

    path: Path
    namespace: str = ""
    values: tuple[str, ...] = ()


@dataclass
class URLs:
    """The addresses of a project; ``namespaces`` has that of each URLconf by file."""

    addresses: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    namespaces: dict[Path, str] = field(default_factory=dict)
    faults: list[tuple[Path, Note]] = field(default_factory=list)

    def add(self, name: str, values: tuple[str, ...], place: Place) -> None:
        """Note an address under its whole name."""
        whole = f"{place.namespace}:{name}" if place.namespace else name
        rules = self.addresses.setdefault(whole, [])
        if (*place.values, *values) not in rules:
            rules.append((*place.values, *values))


class Reader:
    """Follows the includes of a project, from one URLconf down."""

    def __init__(
        self, files: Mapping[str, Path], trees: Mapping[Path, ast.Module]
    ) -> None:
        self.files = files
        self.trees = trees
        self.names = {path: name for name, path in files.items()}
        self.urls = URLs()
        self.seen: set[Place] = set()

    def read(self, path: Path, place: Place | None = None) -> URLs:
        """Add the addresses of a URLconf and of all that it includes."""
        place = place or Place(path)
        if place in self.seen or path not in self.trees:
            return self.urls
        self.seen.add(place)
        self.urls.namespaces.setdefault(path, place.namespace)
        found = modules.assignments(self.trees[path])
        if "urlpatterns" in found:
            self._list(found["urlpatterns"], place)
        return self.urls

    def _list(self, node: ast.expr, place: Place) -> None:
        for entry in self._entries(node, place):
            if modules.called_name(entry) in ("path", "re_path", "url"):
                self._entry(entry, place)

    def _entries(self, node: ast.AST, place: Place) -> Iterator[ast.Call]:
        if isinstance(node, (ast.List, ast.Tuple)):
            for element in node.elts:
                yield from self._entries(element, place)
        elif isinstance(node, ast.BinOp):
            yield from self._entries(node.left, place)
            yield from self._entries(node.right, place)
        elif isinstance(node, ast.Starred):
            yield from self._entries(node.value, place)
        elif isinstance(node, ast.Call):
            if modules.called_name(node) == "i18n_patterns":
                for argument in node.args:
                    yield from self._entries(argument, place)
            yield node
        elif isinstance(node, ast.Name):
            value = modules.assignments(self.trees[place.path]).get(node.id)
            if value is not None:
                yield from self._entries(value, place)

    def _entry(self, node: ast.Call, place: Place) -> None:
        given = {word.arg: word.value for word in node.keywords}
        route = node.args[0] if node.args else given.get("route")
        view = node.args[1] if len(node.args) > 1 else given.get("view")
        pattern = _VARIABLE if modules.called_name(node) == "path" else _GROUP
        text = modules.literal(route)
        values = tuple(pattern.findall(text)) if isinstance(text, str) else ()
        if view is not None and modules.called_name(view) == "include":
            place = place._replace(values=(*place.values, *values))
            self._include(view, place)  # type: ignore[arg-type]
            return
        name = given.get("name") or (node.args[3] if len(node.args) > 3 else None)
        said = modules.literal(name)
        if isinstance(said, str):
            self.urls.add(said, values, place)

    def _include(self, node: ast.Call, place: Place) -> None:
        given = {word.arg: word.value for word in node.keywords}
        namespace = modules.literal(given.get("namespace"))
        source: ast.expr = node.args[0]
        if isinstance(source, ast.Tuple) and len(source.elts) == 2:
            namespace = namespace or modules.literal(source.elts[1])
            source = source.elts[0]
        name = modules.literal(source)
        if not isinstance(name, str):
            name = self._module_of(source, place)
            if not name:
                self._list(source, _below(place, namespace))
                return
        self._module(str(name), namespace, place, node)

    def _module_of(self, source: ast.expr, place: Place) -> str:
        """Return the dotted name of a module, or of one whose ``urlpatterns`` it is."""
        module = self.names.get(place.path, "")
        is_package = place.path.stem == "__init__"
        known = modules.imports(self.trees[place.path], module, is_package)
        first, _, rest = modules.full_name(source).partition(".")
        name = known.get(first, "")
        rest = rest.removesuffix("urlpatterns").strip(".")
        return ".".join(filter(None, [name, rest])) if name else ""

    def _module(
        self, name: str, namespace: object, place: Place, node: ast.Call
    ) -> None:
        if name in _FOREIGN:
            for address, values in _FOREIGN[name].items():
                self.urls.add(address, values, _below(place, namespace))
            return
        path = modules.find(self.files, name)
        if path is None:
            if not name.startswith("django."):
                text = f"the URLconf {name} is not in the project"
                self.urls.faults.append(
                    (place.path, Note(node.lineno, text, "urls.md", is_error=True))
                )
            return
        own = modules.assignments(self.trees[path]) if path in self.trees else {}
        namespace = namespace or modules.literal(own.get("app_name"))
        self.read(path, _below(place, namespace)._replace(path=path))


def _below(place: Place, namespace: object) -> Place:
    if not namespace:
        return place
    whole = ":".join(filter(None, [place.namespace, str(namespace)]))
    return place._replace(namespace=whole)


def read_urls(
    files: Mapping[str, Path], trees: Mapping[Path, ast.Module], root: str | None
) -> URLs:
    """Return the addresses of a project.

    :param root: the dotted name of its root URLconf; None to take every ``urls.py``
        that no other includes.
    """
    first = modules.find(files, root) if root else None
    if first is not None:
        return Reader(files, trees).read(first)
    paths = [path for path in trees if path.name == "urls.py"]
    included: set[Path] = set()
    for path in paths:
        included |= Reader(files, trees).read(path).namespaces.keys() - {path}
    reader = Reader(files, trees)
    for path in paths:
        if path not in included:
            reader.read(path)
    return reader.urls

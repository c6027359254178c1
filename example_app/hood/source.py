"""The source of a view, and that of its Django twin.

A twin stands in ``django_twins`` under the module and the name of the Flask class; of
``blog/posts.py`` in ``django_twins/posts.py``, for there the blog is the whole app. It
is read as text: Django need not be installed to show it.
"""

from __future__ import annotations

import ast
import inspect
import sys
from pathlib import Path
from typing import Any

_EXAMPLE = Path(__file__).parents[1]
_TWINS = _EXAMPLE / "django_twins"


def written(view_class: type) -> type:
    """Return the class that stands in a file: the view's own, or what it was made of.

    A CRUDView makes its five views; what their reader wants is the declaration.
    """
    found: type = next(k for k in view_class.__mro__ if _in_module(k) is k)
    return found


def _in_module(klass: type) -> object:
    return getattr(sys.modules.get(klass.__module__), klass.__name__, None)


def source_of(subject: Any) -> str:
    """Return the source of a class or function as it stands in its file."""
    return inspect.getsource(subject).rstrip()


def twin_of(view_class: type) -> str | None:
    """Return the source of the class's Django twin, None where it has none."""
    package, _, module = view_class.__module__.partition(".")
    path = _TWINS.joinpath(*module.removeprefix("blog.").split(".")).with_suffix(".py")
    if package != _EXAMPLE.name or not path.exists():
        return None
    text = path.read_text(encoding="utf-8")
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef) and node.name == view_class.__name__:
            return ast.get_source_segment(text, node)
    return None

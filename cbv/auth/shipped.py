"""The templates of the account pages: the application's own, else those shipped here.

Django finds its own behind the application's by the order of ``INSTALLED_APPS``.
"""

from __future__ import annotations


def own_or_shipped(name: str) -> list[str]:
    """Return the names to try for a template under ``registration/``."""
    return [name, f"cbv/{name}"] if name.startswith("registration/") else [name]

"""The account views find each other: in their own blueprint first.

Django: the names in ``reverse_lazy("password_reset_done")``.
"""

from __future__ import annotations

from flask import current_app
from flask import has_request_context
from flask import request

from ..urls.paths import LazyURL
from ..urls.paths import reverse


def endpoint_beside(name: str) -> str:
    """Return the endpoint of this name in the current blueprint, else in the app."""
    if has_request_context() and request.blueprint:
        beside = f"{request.blueprint}.{name}"
        if beside in current_app.view_functions:
            return beside
    return name


class Beside(LazyURL):
    """The address of an endpoint in the current blueprint, else in the application."""

    def __init__(self, name: str) -> None:
        super().__init__(name, {})

    def __str__(self) -> str:
        return reverse(endpoint_beside(self.endpoint))

"""How one account view finds the endpoint of another, such as the "done" page.

The account URLs may be included in a blueprint, so the blueprint of the current request
is searched first, then the application.

Django: the names in ``reverse_lazy("password_reset_done")``.
"""

from __future__ import annotations

from flask import current_app
from flask import has_request_context
from flask import request

from ..urls.paths import LazyURL
from ..urls.paths import reverse


def endpoint_beside(name: str) -> str:
    """Return the endpoint with this name in the current blueprint, if it has one.

    :param name: the name of the endpoint without a blueprint.
    :returns: ``<blueprint>.<name>`` if the blueprint of this request has that endpoint;
        otherwise ``name``, an endpoint of the application.

    Since 0.1.
    """
    if has_request_context() and request.blueprint:
        endpoint = f"{request.blueprint}.{name}"
        if endpoint in current_app.view_functions:
            return endpoint
    return name


class Beside(LazyURL):
    """A URL that is built when it is used, from :func:`endpoint_beside`.

    It serves as ``success_url`` of a view class, where no request is there yet.

    Since 0.1. Django: ``reverse_lazy``.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name, {})

    def __str__(self) -> str:
        return reverse(endpoint_beside(self.endpoint))

"""HtmxMixin: send a part of the page to htmx, and the whole page to other clients.

Django has no counterpart; django-htmx reads the same request headers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from flask import after_this_request
from flask import current_app
from flask import g
from flask import request
from flask import Response
from flask.typing import ResponseReturnValue
from jinja2 import Template

from ..exceptions import misconfigured
from ..urls.redirects import redirect
from ..urls.redirects import safe_address
from .base import TemplateView

#: The request headers that decide between a part and the whole page. Only the first
#: asks for a part; with one of the others, htmx replaces the whole page.
_HEADERS = ("HX-Request", "HX-Boosted", "HX-History-Restore-Request")


class HtmxMixin(TemplateView):
    """Answer requests by htmx with a part of the page: another template, or one block.

    Every response has ``Vary: HX-Request``, so that a cache keeps part and page apart.
    A redirect is changed for htmx: after a DELETE the response is empty, so that
    ``hx-swap="outerHTML"`` removes the element; where ``check_access`` redirects to the
    login page, ``HX-Redirect`` makes the browser load that page as a whole.

    Since 0.1. django-htmx: ``request.htmx``.
    """

    #: The template for htmx; None to use the page's own template.
    partial_template_name: str | None = None
    #: The one block of the page's template to render for htmx; None for all of it.
    partial_block: str | None = None

    def _prepare_response(self) -> None:
        after_this_request(self._adapt_response)

    @property
    def is_htmx(self) -> bool:
        """Whether htmx requests a part of the page.

        False for a link with ``hx-boost``, and when htmx restores a page of the
        browser's history: both replace the whole page.

        Since 0.1. django-htmx: ``request.htmx``.
        """
        by_htmx, *whole = (request.headers.get(name) == "true" for name in _HEADERS)
        return by_htmx and not any(whole)

    def get_template_names(self) -> list[str]:
        """Return ``partial_template_name`` for htmx, if it is set.

        Since 0.1. Django: ``TemplateResponseMixin.get_template_names``.
        """
        if self.is_htmx and self.partial_template_name is not None:
            return [self.partial_template_name]
        return super().get_template_names()

    def get_partial_block(self) -> str | None:
        """Return the name of the block to render for htmx, None for the whole template.

        An override may choose by ``self.request.headers["HX-Target"]``, the id of the
        element that htmx will replace.

        Since 0.1.
        """
        return self.partial_block

    def _find_template(self) -> Template:
        template = super()._find_template()
        if not self.is_htmx or self.partial_template_name is not None:
            return template
        block = self.get_partial_block()
        return template if block is None else only_block(self, template, block)

    # --- helpers for handlers --------------------------------------------------------

    def hx_redirect(self, url: Any) -> ResponseReturnValue:
        """Return a response that makes the browser load another page as a whole.

        For htmx it is an empty response with ``HX-Redirect``, otherwise a redirect with
        status 303.

        :param url: a URL, or an object such as that of ``reverse_lazy``.

        Since 0.1. django-htmx: ``HttpResponseClientRedirect``.
        """
        if not self.is_htmx:
            return redirect(url, code=303)
        headers = {"HX-Redirect": safe_address(url)}
        return current_app.response_class(headers=headers)

    def hx_trigger(self, event: str, detail: Any = None) -> None:
        """Make the response trigger an event in the browser (header ``HX-Trigger``).

        It has no effect on a redirect, which the browser follows before htmx reads the
        response, and on a response with an error status.

        :param event: the name of the event.
        :param detail: the event's data; it must be serializable as JSON.

        Since 0.1. django-htmx: ``trigger_client_event``.
        """
        self.__dict__.setdefault("_events", {})[event] = detail

    def _adapt_response(self, response: Response) -> Response:
        """Set htmx's headers on a response, and replace redirects it cannot follow."""
        response.vary.update(_HEADERS)
        events = self.__dict__.get("_events")
        if events and response.status_code < 400:
            response.headers["HX-Trigger"] = json.dumps(
                events
            )  # ASCII without line ends
        if self.is_htmx and 300 <= response.status_code < 400:
            is_refused = g.cbv.doomed
            if is_refused:
                response.headers["HX-Redirect"] = response.headers["Location"]
            if is_refused or request.method == "DELETE":
                del response.headers["Location"]
                response.status_code = 200
                response.set_data(b"")
        return response


class _Rendered(Exception):
    """Ends the rendering of a template once the wanted block is rendered."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


def only_block(owner: object, template: Template, name: str) -> Template:
    """Return a copy of a template that renders only one of its blocks.

    The text before the block is rendered too, and thrown away: so the block can use
    imports and variables from the top of the template. ``super()`` in the block works.

    :param owner: the view; errors name its class.
    :param name: the name of the block.
    :raises ImproperlyConfigured: when the template is rendered, if it does not render
        such a block.
    """
    concat = template.environment.concat

    def capture(context: Any) -> Iterator[str]:
        raise _Rendered(concat(context.blocks[name][1](context)))

    def render(context: Any) -> Iterator[str]:
        context.blocks[name] = [capture, *context.blocks.get(name, ())]
        try:
            for _ in template.root_render_func(context):
                pass
        except _Rendered as rendered:
            yield rendered.text
            return
        problem = f"wants the block {name!r}, which {template.name} does not render"
        raise misconfigured(owner, problem, "name one of its blocks in partial_block")

    partial = object.__new__(type(template))
    partial.__dict__.update(template.__dict__, root_render_func=render)
    return partial

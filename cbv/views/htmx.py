"""HtmxMixin: part of a page for htmx, the whole page for everybody else.

Django has no counterpart; django-htmx has the names of the request's details.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from flask import after_this_request
from flask import current_app
from flask import g
from flask import redirect
from flask import request
from flask import Response
from flask.typing import ResponseReturnValue
from jinja2 import Template

from ..exceptions import misconfigured
from .base import TemplateView

#: What decides whether a request gets a part or the whole page.
_DECIDING = ("HX-Request", "HX-Boosted", "HX-History-Restore-Request")


class HtmxMixin(TemplateView):
    """Answer htmx with a part of the page: a template of its own, or a block.

    Every answer says ``Vary: HX-Request``. After a DELETE by htmx the answer is empty
    instead of a redirect, so that ``hx-swap="outerHTML"`` takes the row away. A guard's
    redirect to the login page moves the whole page there.

    Since 0.1.
    """

    #: The template for htmx; else the page's own, or its ``partial_block``.
    partial_template_name: str | None = None
    #: The block of the page's template that htmx gets.
    partial_block: str | None = None

    def setup(self, **kwargs: Any) -> None:
        """See to it that the answer, whoever gives it, suits htmx."""
        super().setup(**kwargs)
        after_this_request(self._finished)

    @property
    def is_htmx(self) -> bool:
        """Whether htmx asks for a part: not by ``hx-boost``, nor for its history."""
        asked, *whole = (request.headers.get(name) == "true" for name in _DECIDING)
        return asked and not any(whole)

    def get_template_names(self) -> list[str]:
        """Return ``partial_template_name`` for htmx, if it is set."""
        if self.is_htmx and self.partial_template_name is not None:
            return [self.partial_template_name]
        return super().get_template_names()

    def get_partial_block(self) -> str | None:
        """Return the name of the block that htmx gets, None for the whole template.

        An override may look at ``self.request.headers["HX-Target"]``.
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
        """Return an answer that has htmx load another page as a whole.

        Without htmx, a redirect (303).
        """
        if not self.is_htmx:
            return redirect(str(url), code=303)
        return current_app.response_class(headers={"HX-Redirect": str(url)})

    def hx_trigger(self, event: str, detail: Any = None) -> None:
        """Have the answer trigger an event in the browser (``HX-Trigger``).

        A redirect cannot carry it: the browser follows that before htmx sees it.

        :param detail: what the event carries, as JSON.
        """
        self.__dict__.setdefault("_events", {})[event] = detail

    def _finished(self, response: Response) -> Response:
        response.vary.update(_DECIDING)
        events = self.__dict__.get("_events")
        if events and response.status_code < 400:
            response.headers["HX-Trigger"] = json.dumps(events)  # ASCII: no line ends
        if self.is_htmx and 300 <= response.status_code < 400:
            refused = g.cbv.doomed
            if refused:
                response.headers["HX-Redirect"] = response.headers["Location"]
            if refused or request.method == "DELETE":
                del response.headers["Location"]
                response.status_code = 200
                response.set_data(b"")
        return response


class _Rendered(Exception):
    """The block that was wanted is rendered; what follows it is not."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


def only_block(owner: object, template: Template, name: str) -> Template:
    """Return a template that renders one block of another.

    What stands before the block is rendered too and dropped, so that imports and
    variables at the top of the template are there, and ``super()`` works.

    :raises ImproperlyConfigured: when it is rendered and has no such block.
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

    made = object.__new__(type(template))
    made.__dict__.update(template.__dict__, root_render_func=render)
    return made

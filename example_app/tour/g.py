"""``g``: what belongs to one request. Django twin: attributes put on ``request``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Flask
from flask import g
from flask.typing import ResponseReturnValue

from .request import WordForm
from .stop import Stop


class GStop(Stop):
    """``g`` is empty at the start of every request and gone at its end.

    Two hooks share it here: :meth:`dispatch_request` and :meth:`get_context_data`, by
    way of ``live``.
    """

    subject = "g"
    in_django = "attributes of request"
    summary = "A place for what belongs to one request, shared by all that answer it."
    machinery = Flask.app_ctx_globals_class
    form_class = WordForm

    def dispatch_request(self, **kwargs: Any) -> ResponseReturnValue:
        """Put something on ``g`` before any handler runs."""
        g.seen_by_every_hook = "set in dispatch_request"
        g["also_by_name"] = "set as g[...], which CBV(app) adds"
        self.stash(stashed="set by self.stash(), and in the context too")
        return super().dispatch_request(**kwargs)

    def form_valid(self, form: WordForm) -> ResponseReturnValue:
        """Put the word on ``g``, for the rest of this request."""
        g.word = form.word.data
        return super().form_valid(form)

    def live(self) -> Iterable[tuple[str, Any]]:
        """Return what is on ``g`` now."""
        yield "type(g)", type(g)
        yield "g.word", g.get("word", "nothing: no request has put it there")
        yield "g.seen_by_every_hook", g.seen_by_every_hook
        yield 'g["also_by_name"]', g["also_by_name"]  # type: ignore[index]
        yield "g.stashed", g.stashed
        yield "g.cbv.view", type(g.cbv.view)
        yield "all names", sorted(name for name in g if not name.startswith("_"))

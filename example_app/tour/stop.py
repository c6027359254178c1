"""What the stops of the tour have in common: live values, two sources, a trap.

Django twin: ``TemplateView`` and ``FormView`` with a ``get_context_data`` as here.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any
from typing import ClassVar

from flask.typing import ResponseReturnValue

from cbv import FormMixin
from cbv import TemplateView
from example_app.hood.masking import shown_items
from example_app.hood.source import source_of
from example_app.hood.source import twin_of


class Stop(FormMixin):
    """One stop: a global of Flask's with the values it has in this very request.

    A valid form is answered with the page itself, so that what this request did to the
    global can be seen; the next request begins anew.
    """

    #: The global, as one writes it in code; the endpoint has the same name.
    subject: ClassVar[str]
    #: What Django has in its place.
    in_django: ClassVar[str]
    #: One sentence for the list of all stops.
    summary: ClassVar[str]
    #: Of Flask's own code, what makes the global work.
    machinery: ClassVar[Any]
    #: Functions of this page that are worth reading beside its view.
    also: ClassVar[tuple[Any, ...]] = ()
    #: All stops, in the order of the tour; set where the addresses are.
    stops: Sequence[type[Stop]] = ()

    def get_template_names(self) -> list[str]:
        """Return the template of this stop."""
        return [f"tour/{self.subject}.html"]

    def live(self) -> Iterable[tuple[str, Any]]:
        """Return what the global holds now: names with values."""
        return ()

    def form_valid(self, form: Any) -> ResponseReturnValue:
        """Show the page, with what the form did."""
        return self.render_to_response(self.get_context_data(form=form))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the values, the sources, and the way on."""
        here = self.stops.index(type(self))
        context = {
            "stop": type(self),
            "live": shown_items(self.live()),
            "flask_source": "\n\n\n".join(map(source_of, (type(self), *self.also))),
            "django_source": twin_of(type(self)),
            "machinery": inspect.getsource(type(self).machinery),
            "before": self.stops[here - 1] if here else None,
            "after": self.stops[here + 1] if here + 1 < len(self.stops) else None,
        }
        return super().get_context_data(**{**context, **kwargs})


class TourView(TemplateView):
    """Where the tour begins: all stops."""

    template_name = "tour/index.html"
    stops: Sequence[type[Stop]] = ()

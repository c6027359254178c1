"""OpenTelemetry: a request's span tells the view class and the hooks that it called."""

from __future__ import annotations

import functools

import pytest
from opentelemetry import trace
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from cbv import CreateView
from cbv import current_view
from cbv import ListView
from shop import Book


def name_view(response):
    """Write the view class into the span of the request: an ``after_request``."""
    if current_view:
        view_class = current_view.__class__
        span = trace.get_current_span()
        span.set_attribute("cbv.view", f"{view_class.__module__}.{view_class.__name__}")
        span.set_attribute("cbv.hooks", tuple(getattr(current_view, "traced", ())))
    return response


class Traced:
    """Notes which of ``traced_hooks`` a view calls, in their order.

    A mixin of the application's own, beside any view.
    """

    traced_hooks = ("get_queryset", "get_context_data", "form_valid", "form_invalid")

    def setup(self, **kwargs):
        super().setup(**kwargs)
        self.traced = []
        for name in self.traced_hooks:
            hook = getattr(self, name, None)
            if hook is not None:
                setattr(self, name, self._noted(name, hook))

    def _noted(self, name, hook):
        @functools.wraps(hook)
        def noted(*args, **kwargs):
            self.traced.append(name)
            return hook(*args, **kwargs)

        return noted


class Books(Traced, ListView[Book]):
    """A list whose hooks are noted."""


class NewBook(Traced, CreateView[Book]):
    """A form whose hooks are noted."""

    fields = ["title"]
    success_url = "/"


@pytest.fixture
def spans(shop):
    """The spans of this application's requests."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    FlaskInstrumentor().instrument_app(shop, tracer_provider=provider)
    shop.after_request(name_view)
    yield exporter.get_finished_spans
    FlaskInstrumentor().uninstrument_app(shop)
    provider.shutdown()


def test_the_span_of_a_list_tells_its_class_and_its_hooks(shop, books, spans):
    shop.add_url_rule("/", view_func=Books.as_view())
    assert shop.test_client().get("/").status_code == 200
    [span] = spans()
    assert span.name == "GET /"
    assert span.attributes["cbv.view"].endswith("test_opentelemetry.Books")
    assert span.attributes["cbv.hooks"] == ("get_context_data", "get_queryset")


def test_the_span_of_a_form_tells_which_way_it_went(shop, books, spans):
    shop.add_url_rule("/new", view_func=NewBook.as_view())
    client = shop.test_client()
    client.post("/new", data={"title": "New"})
    client.post("/new", data={"title": "Book 01"})
    valid, invalid = [span.attributes["cbv.hooks"] for span in spans()]
    assert "form_valid" in valid
    assert "form_invalid" in invalid
    assert "form_valid" not in invalid


def test_a_request_without_a_view_has_no_attribute(shop, spans):
    shop.test_client().get("/nowhere")
    [span] = spans()
    assert "cbv.view" not in span.attributes

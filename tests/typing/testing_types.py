"""Read by mypy and never run: what a strict user's checker knows of the test kit."""

from __future__ import annotations

from typing import Any
from typing import assert_type

from flask import Flask

from cbv.testing import Client
from cbv.testing import Response


def a_response_of_the_client_is_typed(app: Flask) -> None:
    client = Client(app)
    for response in (client.get("/"), client.post("/"), client.open("/")):
        assert_type(response, Response)
        assert_type(response.context, dict[str, Any] | None)
        assert_type(response.templates, list[str])
        assert_type(response.flashes, list[tuple[str, str]])


def a_response_of_test_client_can_be_narrowed(app: Flask) -> None:
    response = app.test_client().get("/")
    assert isinstance(response, Response)
    assert_type(response.templates, list[str])

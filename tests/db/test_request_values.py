"""Bound parameters whose value the request gives."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from cbv import per_request
from support.library_models import Book


@pytest.mark.parametrize("first", ["value", "function"])
def test_value_and_function_do_not_share_a_compiled_statement(db, engine, first):
    """Statements of one shape, compiled in either order: each keeps its own value."""
    engine.clear_compiled_cache()
    db.add_all([Book(title="One"), Book(title="Two")])
    db.flush()
    statements = {
        "value": select(Book.title).where(Book.title == "One"),
        "function": select(Book.title).where(Book.title == per_request(lambda: "Two")),
    }
    order = sorted(statements, key=lambda name: name != first)
    found = {name: db.scalars(statements[name]).all() for name in order}
    assert found == {"value": ["One"], "function": ["Two"]}

"""Keyset pages of rows whose key is a TypeDecorator."""

from __future__ import annotations

import uuid

import pytest
import sqlalchemy_utils as su
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import mapped_column

from cbv import ListView
from cbv.pagination import KeysetPaginator
from support.decorated_types import GUID
from support.decorated_types import OldGUID
from support.decorated_types import Twice


@pytest.mark.parametrize(
    "type_", [GUID(), OldGUID(), Twice(), su.UUIDType(), su.UUIDType(binary=False)]
)
def test_pages_are_cut_by_a_key_that_is_stored_as_another_type(
    app, client, db, connection, type_
):
    """The token has what the database stores, on the dialect in use."""

    class Own(DeclarativeBase):
        pass

    class Row(Own):
        __tablename__ = "decorated_key"
        id = mapped_column(type_, primary_key=True)

    class Rows(ListView[Row]):
        paginate_by = 2
        paginator_class = KeysetPaginator
        ordering = ["id"]

        def render_to_response(self, context, **kwargs):
            page = context["page_obj"]
            return {"ids": [row.id.int for row in page], "next": page.next_token}

    Own.metadata.create_all(connection)
    app.add_url_rule("/", view_func=Rows.as_view("rows"))
    db.add_all([Row(id=uuid.UUID(int=number)) for number in range(1, 4)])
    db.commit()
    first = client.get("/").json
    second = client.get(f"/?after={first['next']}").json
    assert (first["ids"], second["ids"]) == ([1, 2], [3])

"""Datetimes on pages: what a form shows is what the other pages show."""

from __future__ import annotations

import re
from datetime import datetime
from datetime import UTC

import pytest

from cbv import DetailView
from cbv import UpdateView
from cbv.crud import CRUDView
from support.column_models import Thing

MOMENT = datetime(2024, 1, 2, 3, 4, 5)


@pytest.fixture
def thing(db):
    found = Thing(title="a", flag=True, moment=MOMENT, aware=MOMENT.replace(tzinfo=UTC))
    db.add(found)
    db.commit()
    return found


@pytest.mark.parametrize("name", ["moment", "aware"])
@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("Europe/Berlin", "2024-01-02T04:04:05"),
        ("America/New_York", "2024-01-01T22:04:05"),
        (None, "2024-01-02T03:04:05"),
    ],
)
def test_every_page_shows_the_local_time_that_the_form_shows(
    app, client, thing, zone, shown, name
):
    """Detail page, list and form, for columns with and without a zone."""
    app.config["CBV_TIMEZONE"] = zone

    class Detail(DetailView[Thing]):
        pass

    class Edit(UpdateView[Thing]):
        fields = [name]
        success_url = "/"

    class Things(CRUDView):
        model = Thing
        fields = [name]
        list_display = [name]

    app.add_url_rule("/<int:pk>", view_func=Detail.as_view())
    app.add_url_rule("/<int:pk>/edit", view_func=Edit.as_view())
    app.register_blueprint(Things.blueprint(), url_prefix="/things")
    assert f'value="{shown}' in client.get(f"/{thing.id}/edit").text
    text = shown.replace("T", " ")
    detail = re.findall(r"<dd>([^<]*)</dd>", client.get(f"/{thing.id}").text)
    assert sum(value.startswith(text) for value in detail) == 2
    assert text in client.get("/things/").text
    assert text in client.get(f"/things/{thing.id}/").text


@pytest.mark.parametrize("moment", [datetime.min, datetime.max])
@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
def test_ends_of_the_calendar_are_shown_as_they_are(
    app, client, db, thing, moment, zone
):
    """No zone moves them out of the years 1 to 9999."""
    app.config["CBV_TIMEZONE"] = zone
    thing.moment = moment
    db.commit()

    class Detail(DetailView[Thing]):
        pass

    app.add_url_rule("/<int:pk>", view_func=Detail.as_view())
    assert f"{moment.year:04}-" in client.get(f"/{thing.id}").text

"""What a ported site is given: Django's filters, choices, columns and moments."""

from __future__ import annotations

from datetime import date
from datetime import datetime
from datetime import time
from datetime import timedelta
from datetime import UTC
from types import SimpleNamespace

import pytest
from flask import Flask
from jinja2 import DictLoader
from sqlalchemy import create_engine
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import Session

from cbv.forms import modelform_factory
from cbv.port import shipped
from cbv.port.shipped import database
from cbv.port.shipped import dates
from cbv.port.shipped import numbers
from cbv.port.shipped import texts

defaultfilters = pytest.importorskip("django.template.defaultfilters")
pytest_plugins = ["django_twin.rows"]

MOMENT = datetime(2024, 1, 31, 0, 0, 5, 7, tzinfo=UTC)


@pytest.mark.parametrize("letter", "aAbcdDEeFfgGhHijlLmMnNoOPsStTuUwWyYzZ")
@pytest.mark.parametrize(
    "moment", [MOMENT, MOMENT + timedelta(days=152, hours=12), MOMENT.replace(hour=13)]
)
def test_a_letter_of_a_format_is_django_s(letter, moment):
    assert dates.date(moment, letter) == defaultfilters.date(moment, letter)


def test_dates_and_times_alone_have_formats_too():
    assert dates.date(date(2024, 2, 3)) == "Feb. 3, 2024"
    assert dates.time(time(12, 0)) == "noon"
    assert dates.date(None) == ""
    assert dates.now().tzinfo is UTC


def test_a_moment_is_shown_in_the_zone_of_the_settings():
    app = Flask("x")
    app.config["CBV_TIMEZONE"] = "Asia/Tokyo"
    with app.app_context():
        assert dates.date(MOMENT, "H:i e") == "09:00 JST"
        assert dates.date(MOMENT.replace(tzinfo=None), "H") == "09"


@pytest.mark.parametrize(
    "ago",
    [
        timedelta(0),
        timedelta(minutes=5),
        timedelta(hours=26),
        timedelta(days=40),
        timedelta(days=800),
        timedelta(days=-3),
    ],
)
def test_spans_are_said_as_in_django(ago):
    then = MOMENT - ago
    assert dates.timesince(then, MOMENT) == defaultfilters.timesince_filter(
        then, MOMENT
    )
    assert dates.timeuntil(MOMENT, then) == defaultfilters.timeuntil_filter(
        MOMENT, then
    )
    assert dates.timesince("x") == ""
    assert dates.timesince(date(2024, 1, 1), date(2024, 1, 3)) == "2\xa0days"


@pytest.mark.parametrize(
    ("ours", "theirs", "values"),
    [
        (numbers.add, "add", [("1", 2), ([1], [2]), ("a", None)]),
        (numbers.floatformat, "floatformat", [("x",), (2.0,), (1234.5, "2g"), (None,)]),
        (numbers.filesize, "filesizeformat", [("x",), (1,), (900,), (3 * 2**41,)]),
        (numbers.get_digit, "get_digit", [("x", 1), (123, 0), (123, 9), (123, 2)]),
        (numbers.pluralize, "pluralize", [(1,), (2,), ([1],), ("x",), (object(),)]),
        (
            numbers.yesno,
            "yesno",
            [(None, "a,b"), (1, "a"), (0, "a,b,c"), (None, "a,b,c")],
        ),
        (texts.stringformat, "stringformat", [("x", "d"), (3, "03d")]),
        (texts.truncatechars_html, "truncatechars_html", [("<b>abc</b> d<br>e", 3)]),
        (texts.truncatechars, "truncatechars", [("abc", 9), ("abc", 2)]),
        (texts.iriencode, "iriencode", [("/é?a=1&b",)]),
        (texts.unordered_list, "unordered_list", [(["a", ["b", ["c"]], "d"],)]),
    ],
)
def test_edges_are_as_in_django(ours, theirs, values):
    filter_ = defaultfilters.register.filters[theirs]
    for value in values:
        assert str(ours(*value)) == str(filter_(*value)), value


def test_the_rest_of_the_filters():
    assert numbers.apnumber(10) == "10"
    assert numbers.widthratio(1, 0, 2) == "0"
    assert numbers.called(3) == 3
    assert (
        numbers.errorlist({"a": ["x", "y"]})
        == '<ul class="errorlist"><li>x y</li></ul>'
    )
    assert numbers.errorlist([]) == ""
    assert texts.json_script([1]) == '<script type="application/json">[1]</script>'
    rows = [SimpleNamespace(a={"b": 1}), SimpleNamespace(a={"b": 1})]
    assert len(numbers.regroup(rows, "a.b")) == 1


def test_a_library_registers_in_every_way_that_django_has():
    register = shipped.Library()

    @register.filter(name="a")
    def first(value):
        return 1

    @register.filter("b")
    def second(value):
        return 2

    @register.simple_tag
    def third():
        return 3

    @register.inclusion_tag("part.html", takes_context=True, name="d")
    def fourth(context, x):
        return {"x": x, "y": context["y"]}

    assert set(register.filters) == {"a", "b"}
    assert set(register.tags) == {"third", "d"}
    app = Flask("x")
    shipped.init_app(app, register)
    app.jinja_env.loader = DictLoader({"part.html": "{{ x }}{{ y }}<"})
    with app.test_request_context():
        text = app.jinja_env.from_string("{{ d(1) }}{{ third() }}").render(y=2)
    assert text == "12<3"


class Level(database.IntegerChoices):
    LOW = 1, "Low"
    VERY_HIGH = 2


class Size(database.TextChoices):
    SMALL = "s", "Small"


def test_choices_are_django_s():
    assert Level.choices == [(1, "Low"), (2, "Very High")]
    assert (Size.labels, Size.values) == (["Small"], ["s"])
    assert str(Size.SMALL) == "s" == Size.SMALL
    assert Size("s").label == "Small"


class Row(database.Base):
    """A row with every kind of column that is not SQLAlchemy's own."""

    __tablename__ = "row"
    number: Mapped[int] = mapped_column(database.BigKey, primary_key=True)
    mail: Mapped[str] = mapped_column(database.Email(20))
    url: Mapped[str] = mapped_column(database.Address(20))
    moment: Mapped[datetime | None] = mapped_column(database.Moment)


def test_a_moment_comes_back_with_its_zone():
    engine = create_engine("sqlite://")
    database.Base.metadata.create_all(engine)
    with Session(engine) as session:
        for moment in (MOMENT, MOMENT.replace(tzinfo=None), None):
            session.add(Row(mail="a@b.org", url="http://b.org", moment=moment))
        session.commit()
        rows = session.query(Row).order_by(Row.number).all()
        assert [row.moment for row in rows] == [MOMENT, MOMENT, None]
        assert rows[0].pk == rows[0].number
    engine.dispose()
    assert database.utcnow().tzinfo is UTC


def test_forms_check_addresses():
    form_class = modelform_factory(Row, fields=["mail", "url"])
    with Flask("x").test_request_context():
        form = form_class(data={"mail": "a", "url": "b"})
        for field in form:
            field.raw_data = [field.data]
            assert not field.validate(form)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_one_for_all_threads(url):
    app = Flask("x")
    app.config["DATABASE_URL"] = url
    assert database.init_app(app).kw["bind"] is app.extensions["database"]
    app.extensions["database"].dispose()

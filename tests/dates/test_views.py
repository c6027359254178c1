"""The archive views and DateDetailView."""

from __future__ import annotations

import locale
from datetime import date
from datetime import datetime
from datetime import timedelta
from datetime import UTC

import pytest
from flask import url_for
from sqlalchemy import DateTime
from sqlalchemy import ForeignKey
from sqlalchemy import literal
from sqlalchemy import select
from sqlalchemy import String
from sqlalchemy import union_all
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import relationship

import cbv.db
from cbv import ArchiveIndexView
from cbv import compat
from cbv import DateDetailView
from cbv import DateMixin
from cbv import DayArchiveView
from cbv import ImproperlyConfigured
from cbv import MonthArchiveView
from cbv import Paginator
from cbv import per_request
from cbv import TodayArchiveView
from cbv import View
from cbv import WeekArchiveView
from cbv import YearArchiveView
from cbv.dates import DateListView
from cbv.dates.periods import date_of
from cbv.dates.periods import format_date
from cbv.db.statements import prepared
from cbv.testing import count_queries
from support.library_models import Base


class Shelf(Base):
    __tablename__ = "shelf"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(20))


class Volume(Base):
    """A volume; ``day`` is a date with an index, ``printed`` one without."""

    __tablename__ = "volume"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(50))
    slug: Mapped[str] = mapped_column(String(50), default="")
    day: Mapped[date | None] = mapped_column(index=True)
    printed: Mapped[date | None]
    shelf_id: Mapped[int | None] = mapped_column(ForeignKey("shelf.id"))
    shelf: Mapped[Shelf | None] = relationship()

    def __str__(self) -> str:
        return self.title


class Signing(Base):
    """A signing; ``at`` has no zone, ``zoned`` has one."""

    __tablename__ = "signing"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    zoned: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


def route(app, rule, view_class, name=None, **options):
    app.add_url_rule(rule, view_func=view_class.as_view(name, **options))


def volumes(db, *days, **values):
    made = [Volume(title=str(day), day=day, printed=day, **values) for day in days]
    db.add_all(made)
    db.commit()
    return made


def signings(db, *moments):
    db.add_all([Signing(at=at, zoned=at.replace(tzinfo=UTC)) for at in moments])
    db.commit()


def shown(response):
    return [str(row) for row in response.context["object_list"]]


@pytest.fixture(params=["day", "printed"])
def field(request):
    """A date column with an index, and one without: two ways to the same answer."""
    return request.param


# --- ArchiveIndexView ---------------------------------------------------------------


def test_index_shows_the_newest_first_and_the_years(app, client, db, field):
    """``latest`` is ``object_list``; ``date_list`` is newest first."""
    volumes(db, date(2020, 5, 1), date(2023, 1, 1), date(2020, 6, 1))

    class Index(ArchiveIndexView[Volume]):
        date_field = field

    route(app, "/", Index)
    with count_queries(2):
        context = client.get("/").context
    assert context["date_list"] == [date(2023, 1, 1), date(2020, 1, 1)]
    assert [v.title for v in context["latest"]] == [
        "2023-01-01",
        "2020-06-01",
        "2020-05-01",
    ]
    assert context["latest"] is context["object_list"]


@pytest.mark.parametrize(
    ("period", "dates"),
    [
        ("month", [date(2024, 2, 1), date(2024, 1, 1)]),
        ("week", [date(2024, 2, 19), date(2024, 1, 1)]),
        ("day", [date(2024, 2, 20), date(2024, 1, 3), date(2024, 1, 1)]),
    ],
)
def test_date_list_period_says_what_is_listed(app, client, db, field, period, dates):
    """Months, weeks (from Monday) or days instead of years."""
    volumes(db, date(2024, 1, 1), date(2024, 1, 3), date(2024, 2, 20))

    class Index(ArchiveIndexView[Volume]):
        date_field = field
        date_list_period = period

    route(app, "/", Index)
    assert client.get("/").context["date_list"] == dates


def test_empty_index_is_404_unless_allowed(app, client, db):
    """``allow_empty`` is False by default, unlike ListView's."""

    class Index(ArchiveIndexView[Volume]):
        date_field = "day"

    route(app, "/", Index)
    route(app, "/empty", Index, "empty", allow_empty=True)
    assert client.get("/").status_code == 404
    response = client.get("/empty")
    assert response.status_code == 200
    assert response.context["date_list"] == []
    assert list(response.context["latest"]) == []


def test_rows_of_the_future_are_not_shown_unless_allowed(app, client, db, field):
    """Today is shown, tomorrow is not."""
    today = date.today()
    volumes(db, today, today + timedelta(days=1), date(today.year + 2, 1, 1))

    class Index(ArchiveIndexView[Volume]):
        date_field = field
        date_list_period = "day"

    route(app, "/", Index)
    route(app, "/all", Index, "all", allow_future=True)
    assert shown(client.get("/")) == [str(today)]
    assert client.get("/").context["date_list"] == [today]
    assert len(shown(client.get("/all"))) == 3
    assert len(client.get("/all").context["date_list"]) == 3


def test_rows_without_a_date_have_no_place_in_the_date_list(app, client, db):
    """NULL is in no year, and listed last where the future is allowed."""
    volumes(db, date(2020, 1, 1))
    db.add(Volume(title="undated"))
    db.commit()

    class Index(ArchiveIndexView[Volume]):
        date_field = "day"
        allow_future = True

    route(app, "/", Index)
    response = client.get("/")
    assert response.context["date_list"] == [date(2020, 1, 1)]
    assert shown(response) == ["2020-01-01", "undated"]


# --- YearArchiveView ----------------------------------------------------------------


def test_year_lists_months_and_neighbours_in_one_statement(app, client, db, field):
    """Without ``make_object_list`` the rows themselves are not asked for."""
    volumes(db, date(2019, 7, 1), date(2021, 1, 31), date(2021, 12, 31))
    volumes(db, date(2023, 5, 1))

    class Year(YearArchiveView[Volume]):
        date_field = field

    route(app, "/<int:year>/", Year)
    with count_queries(1):
        context = client.get("/2021/").context
    assert context["date_list"] == [date(2021, 1, 1), date(2021, 12, 1)]
    assert (context["previous_year"], context["year"], context["next_year"]) == (
        date(2019, 1, 1),
        date(2021, 1, 1),
        date(2023, 1, 1),
    )
    assert context["object_list"] == context["volume_list"] == []


def test_year_with_a_page_of_its_rows_is_two_statements(app, client, db, field):
    """Rows and their number; months and neighbours."""
    volumes(db, *(date(2021, month, 2) for month in range(1, 13)))

    class Year(YearArchiveView[Volume]):
        date_field = field
        make_object_list = True
        paginate_by = 5

    route(app, "/<int:year>/", Year)
    with count_queries(2):
        response = client.get("/2021/?page=2")
    assert shown(response) == [f"2021-{month:02}-02" for month in (7, 6, 5, 4, 3)]
    assert response.context["paginator"].count == 12
    assert len(response.context["date_list"]) == 12


def test_year_without_rows_is_404_unless_allowed(app, client, db, field):
    """Allowed, the neighbours are the next years, whether they have rows or not."""
    volumes(db, date(2019, 7, 1))

    class Year(YearArchiveView[Volume]):
        date_field = field

    route(app, "/<int:year>/", Year)
    route(app, "/e/<int:year>/", Year, "empty", allow_empty=True)
    assert client.get("/2021/").status_code == 404
    with count_queries(1):
        context = client.get("/e/2021/").context
    assert context["date_list"] == []
    assert context["previous_year"] == date(2020, 1, 1)
    assert context["next_year"] == date(2022, 1, 1)


def test_neighbours_in_the_future_are_none(app, client, db, field):
    """No link to a page that would be empty, or that may not be shown."""
    this_year = date.today().replace(month=1, day=1)
    volumes(db, this_year, date(this_year.year + 1, 3, 1))

    class Year(YearArchiveView[Volume]):
        date_field = field

    route(app, "/<int:year>/", Year)
    route(app, "/e/<int:year>/", Year, "empty", allow_empty=True)
    route(app, "/f/<int:year>/", Year, "future", allow_future=True)
    for start in ("", "/e"):
        assert client.get(f"{start}/{this_year.year}/").context["next_year"] is None
    following = client.get(f"/f/{this_year.year}/").context["next_year"]
    assert following == date(this_year.year + 1, 1, 1)


def test_year_may_come_from_the_query_or_the_class(app, client, db):
    """As in Django; without any it is a 404."""
    volumes(db, date(2021, 1, 1))

    class Year(YearArchiveView[Volume]):
        date_field = "day"

    route(app, "/", Year)
    route(app, "/fixed", Year, "fixed", year=2021)
    assert client.get("/?year=2021").context["year"] == date(2021, 1, 1)
    assert client.get("/fixed").context["year"] == date(2021, 1, 1)
    assert client.get("/").status_code == 404


def test_year_can_list_days(app, client, db, field):
    """``date_list_period`` holds for every archive."""
    volumes(db, date(2021, 1, 1), date(2021, 3, 9), date(2022, 1, 1))

    class Year(YearArchiveView[Volume]):
        date_field = field
        date_list_period = "day"

    route(app, "/<int:year>/", Year)
    with count_queries(1):
        found = client.get("/2021/").context["date_list"]
    assert found == [date(2021, 1, 1), date(2021, 3, 9)]


# --- MonthArchiveView ---------------------------------------------------------------


def test_month_lists_its_days(app, client, db, field):
    """Rows, days and neighbours in two statements."""
    volumes(db, date(2020, 11, 30), date(2021, 2, 1), date(2021, 2, 28))
    volumes(db, date(2021, 2, 28), date(2021, 4, 1))

    class Month(MonthArchiveView[Volume]):
        date_field = field

    route(app, "/<year>/<month>/", Month)
    with count_queries(2):
        response = client.get("/2021/feb/")
    context = response.context
    assert context["date_list"] == [date(2021, 2, 1), date(2021, 2, 28)]
    assert shown(response) == ["2021-02-28", "2021-02-28", "2021-02-01"]
    assert context["month"] == date(2021, 2, 1)
    assert context["previous_month"] == date(2020, 11, 1)
    assert context["next_month"] == date(2021, 4, 1)


def test_month_format_reads_numbers(app, client, db):
    """``%m``, behind Flask's int converter too."""
    volumes(db, date(2021, 2, 1))

    class Month(MonthArchiveView[Volume]):
        date_field = "day"
        month_format = "%m"

    route(app, "/<int:year>/<int:month>/", Month)
    assert client.get("/2021/2/").status_code == 200
    assert client.get("/2021/13/").status_code == 404


# --- WeekArchiveView ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("formats", "path", "first"),
    [
        (("%Y", "%U"), "/2021/1/", date(2021, 1, 3)),
        (("%Y", "%W"), "/2021/1/", date(2021, 1, 4)),
        (("%G", "%V"), "/2020/53/", date(2020, 12, 28)),
        (("%Y", "%U"), "/2021/0/", date(2020, 12, 27)),
        (("%Y", "%W"), "/2020/52/", date(2020, 12, 28)),
    ],
)
def test_week_begins_as_its_format_says(app, client, db, formats, path, first):
    """``%U`` on Sunday, ``%W`` and ``%V`` on Monday; all seven days are in it."""
    volumes(db, *(first + timedelta(days=n) for n in range(-1, 8)))

    class Week(WeekArchiveView[Volume]):
        date_field = "day"
        year_format, week_format = formats

    route(app, "/<int:year>/<int:week>/", Week)
    with count_queries(2):
        response = client.get(path)
    days = [str(first + timedelta(days=n)) for n in range(6, -1, -1)]
    assert shown(response) == days
    context = response.context
    assert (context["week"], context["date_list"]) == (first, None)
    assert context["previous_week"] == first - timedelta(days=7)
    assert context["next_week"] == first + timedelta(days=7)


@pytest.mark.parametrize("week_format", ["%U", "%W"])
def test_weeks_are_those_of_strptime(week_format):
    """Every week of 40 years, as Python in the C locale reads it."""
    weekday = {"%U": 0, "%W": 1}[week_format]
    for year in range(1995, 2035):
        for week in range(54):
            expected = datetime.strptime(
                f"{year} {week} {weekday}", f"%Y {week_format} %w"
            ).date()
            assert date_of([(year, "%Y"), (week, week_format)]) == expected


@pytest.mark.parametrize(
    ("week_format", "year_format", "named"),
    [
        ("%d", "%Y", "week_format"),
        ("%A", "%Y", "week_format"),
        ("%V", "%Y", "%G"),
        ("%U", "%G", "%V"),
        ("%U", "%e", "year_format"),
    ],
)
def test_unknown_formats_are_configuration_errors(week_format, year_format, named):
    """Found by ``as_view``: no URL could ever be right."""

    class Week(WeekArchiveView[Volume]):
        date_field = "day"

    with pytest.raises(ImproperlyConfigured, match=rf"Week .*{named}"):
        Week.as_view(week_format=week_format, year_format=year_format)


# --- DayArchiveView, TodayArchiveView -----------------------------------------------


def test_day_shows_its_rows_and_both_kinds_of_neighbours(app, client, db, field):
    """Days and months before and after that have rows; two statements."""
    volumes(db, date(2020, 12, 9), date(2021, 2, 1), date(2021, 2, 3))
    volumes(db, date(2021, 2, 7), date(2021, 5, 7))

    class Day(DayArchiveView[Volume]):
        date_field = field

    route(app, "/<year>/<month>/<day>/", Day)
    with count_queries(2):
        response = client.get("/2021/feb/3/")
    assert shown(response) == ["2021-02-03"]
    found = {name: response.context[name] for name in response.context}
    assert found["day"] == date(2021, 2, 3)
    assert found["date_list"] is None
    assert found["previous_day"] == date(2021, 2, 1)
    assert found["next_day"] == date(2021, 2, 7)
    assert found["previous_month"] == date(2020, 12, 1)
    assert found["next_month"] == date(2021, 5, 1)


def test_today_is_the_day_of_the_readers_zone(app, client, db):
    """Django's looks at the system's clock instead."""
    app.config["CBV_TIMEZONE"] = "Pacific/Kiritimati"  # UTC+14
    now = datetime.now(UTC).replace(tzinfo=None)
    signings(db, now, now - timedelta(days=2))

    class Today(TodayArchiveView[Signing]):
        date_field = "at"

    route(app, "/", Today)
    response = client.get("/")
    assert response.context["day"] == (now + timedelta(hours=14)).date()
    assert len(response.context["object_list"]) == 1


def test_empty_today_is_404(app, client, db):
    """As every archive without rows."""
    volumes(db, date(2020, 1, 1))

    class Today(TodayArchiveView[Volume]):
        date_field = "day"

    route(app, "/", Today)
    assert client.get("/").status_code == 404


# --- DateDetailView -----------------------------------------------------------------


def test_detail_is_the_object_of_that_day(app, client, db):
    """One slug may come again on another day; one statement."""
    volumes(db, date(2020, 1, 2), date(2020, 1, 3), slug="same")

    class Detail(DateDetailView[Volume]):
        date_field = "day"
        month_format = "%m"

    route(app, "/<int:year>/<int:month>/<int:day>/<slug>/", Detail)
    with count_queries(1):
        found = client.get("/2020/1/3/same/").context["object"]
    assert found.title == "2020-01-03"
    assert client.get("/2020/1/4/same/").status_code == 404


def test_detail_by_key_needs_the_right_day_too(app, client, db):
    """And the scope holds as in every other view."""
    volume = volumes(db, date(2020, 1, 2))[0]

    class Detail(DateDetailView[Volume]):
        date_field = "day"

    route(app, "/<year>/<month>/<day>/<int:pk>/", Detail)
    hidden = {"scope": Volume.title == "other"}
    route(app, "/s/<year>/<month>/<day>/<int:pk>/", Detail, "scoped", **hidden)
    assert client.get(f"/2020/jan/2/{volume.id}/").status_code == 200
    assert client.get(f"/2020/jan/3/{volume.id}/").status_code == 404
    assert client.get(f"/s/2020/jan/2/{volume.id}/").status_code == 404


def test_detail_of_tomorrow_is_404_unless_allowed(app, client, db):
    """The row is there, but not yet."""
    tomorrow = date.today() + timedelta(days=1)
    volume = volumes(db, tomorrow)[0]

    class Detail(DateDetailView[Volume]):
        date_field = "day"
        month_format = "%m"

    route(app, "/<year>/<month>/<day>/<int:pk>/", Detail)
    route(app, "/f/<year>/<month>/<day>/<int:pk>/", Detail, "f", allow_future=True)
    path = f"{tomorrow:/%Y/%m/%d}/{volume.id}/"
    assert client.get(path).status_code == 404
    assert client.get("/f" + path).status_code == 200


# --- dates from outside ---------------------------------------------------------------


BAD_DATES = [
    *("0", "0000", "0001", "1", "99", "9999", "10000", "99999", "-1", "+2024"),
    *(
        "02024",
        " 2024",
        "\uff12\uff10\uff12\uff14",
        "\u0662\u0660\u0662\u0664",
        "2024%0A",
        "2O24",
        "%00",
        "2024.0",
    ),
]


@pytest.mark.parametrize("year", BAD_DATES)
def test_impossible_years_are_404(app, client, db, year):
    """In any digits; the ends of the calendar too, for they have no neighbour."""
    volumes(db, date(2024, 1, 1))

    class Year(YearArchiveView[Volume]):
        date_field = "day"
        allow_empty = True
        allow_future = True

    route(app, "/<year>/", Year)
    assert client.get(f"/{year}/").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/2023/feb/29/",
        "/2024/feb/30/",
        "/2024/apr/31/",
        "/2024/jan/0/",
        "/2024/jan/32/",
        "/2024/jan/٣/",
        "/2024/jan/3 /",
        "/2024/0/3/",
        "/2024/13/3/",
        "/2024/janv/3/",
        "/2024/Mär/3/",
        "/2024/янв/3/",
        "/2024/january/3/",
        "/2024/sept/3/",
        "/2024/\u017fep/3/",
        "/9999/dec/31/",
        "/9999/dec/30/",
        "/0001/jan/1/",
    ],
)
def test_impossible_days_are_404(app, client, db, path):
    """On both databases, whatever is allowed."""

    class Day(DayArchiveView[Volume]):
        date_field = "day"
        allow_empty = True
        allow_future = True

    class Detail(DateDetailView[Volume]):
        date_field = "day"
        allow_future = True

    route(app, "/<year>/<month>/<day>/", Day)
    route(app, "/<year>/<month>/<day>/<int:pk>", Detail)
    assert client.get(path).status_code == 404
    assert client.get(f"{path}1").status_code == 404


@pytest.mark.parametrize("month", ["jan", "JAN", "Jan"])
def test_month_names_are_read_in_any_case(app, client, db, month):
    """As strptime does."""
    volumes(db, date(2024, 1, 1))

    class Month(MonthArchiveView[Volume]):
        date_field = "day"

    route(app, "/<year>/<month>/", Month)
    assert client.get(f"/2024/{month}/").status_code == 200


@pytest.mark.parametrize("week", ["54", "99", "-1", "1.0", "001", "x"])
def test_impossible_weeks_are_404(app, client, db, week):
    """Weeks 0 and 53 are in every year, as strptime sees it."""

    class Week(WeekArchiveView[Volume]):
        date_field = "day"
        allow_empty = True

    route(app, "/<year>/<week>/", Week)
    assert client.get(f"/2023/{week}/").status_code == 404
    for possible in ("0", "00", "53"):
        assert client.get(f"/2023/{possible}/").status_code == 200


def test_iso_week_53_is_404_in_a_year_without_one():
    """2020 has 53 ISO weeks, 2021 has 52; no year has a week 0."""
    assert date_of([("2020", "%G"), ("53", "%V")]) == date(2020, 12, 28)
    for year, week in (("2021", "53"), ("2020", "0")):
        with pytest.raises(ValueError, match="week"):
            date_of([(year, "%G"), (week, "%V")])


def test_formats_may_have_text_around_directives():
    """``year_format = "y%Y"`` and the like, ``%%`` for a percent sign."""
    assert date_of([("y2024", "y%Y"), ("March", "%B")]) == date(2024, 3, 1)
    assert date_of([("24%", "%y%%"), ("7", "%m")]) == date(2024, 7, 1)
    assert date_of([("69", "%y")]) == date(1969, 1, 1)


def test_month_names_do_not_follow_the_locale(app, client, db, monkeypatch):
    """Neither reading nor writing asks the C library."""
    for name in ("de_DE.UTF-8", "fr_FR.UTF-8", "C"):
        try:
            locale.setlocale(locale.LC_TIME, name)
            break
        except locale.Error:
            continue
    try:
        monkeypatch.setattr("_strptime._strptime", None)
        march = date(2024, 3, 5)
        assert format_date(march, "%d %B %Y, %b %%") == "05 March 2024, Mar %"
        assert date_of([("2024", "%Y"), ("mar", "%b"), ("5", "%d")]) == march
    finally:
        locale.setlocale(locale.LC_TIME, "C")


# --- columns of date-times ----------------------------------------------------------


@pytest.mark.parametrize("name", ["at", "zoned"])
def test_a_stored_time_without_zone_is_utc(app, client, db, name):
    """23:30 UTC on New Year's Eve is next year in Berlin."""
    app.config["CBV_TIMEZONE"] = "Europe/Berlin"
    signings(db, datetime(2020, 12, 31, 22, 59), datetime(2020, 12, 31, 23, 30))

    class Year(YearArchiveView[Signing]):
        date_field = name
        make_object_list = True

    class Index(ArchiveIndexView[Signing]):
        date_field = name

    route(app, "/<int:year>/", Year)
    route(app, "/", Index)
    context = client.get("/2021/").context
    assert len(context["object_list"]) == 1
    assert context["previous_year"] == date(2020, 1, 1)
    assert [day.isoformat() for day in context["date_list"]] == [
        "2021-01-01T00:00:00+01:00"
    ]
    years = client.get("/").context["date_list"]
    assert [day.year for day in years] == [2021, 2020]


def test_without_a_zone_the_stored_clock_counts(app, client, db):
    """``date_list`` then holds date-times without zone."""
    signings(db, datetime(2020, 12, 31, 23, 30))

    class Year(YearArchiveView[Signing]):
        date_field = "at"

    route(app, "/<int:year>/", Year)
    assert client.get("/2020/").context["date_list"] == [datetime(2020, 12, 1)]
    assert client.get("/2021/").status_code == 404


@pytest.mark.parametrize(
    ("zone", "day", "first", "last"),
    [
        # 23 hours, 25 hours, a day without midnight, a midnight that comes twice.
        ("Europe/Berlin", (2024, 3, 31), (2024, 3, 30, 23), (2024, 3, 31, 21, 59)),
        ("Europe/Berlin", (2024, 10, 27), (2024, 10, 26, 22), (2024, 10, 27, 22, 59)),
        ("America/Sao_Paulo", (2018, 11, 4), (2018, 11, 4, 3), (2018, 11, 5, 1, 59)),
        ("America/Havana", (2023, 11, 5), (2023, 11, 5, 4), (2023, 11, 6, 4, 59)),
        ("Asia/Kathmandu", (2024, 5, 1), (2024, 4, 30, 18, 15), (2024, 5, 1, 18, 14)),
    ],
)
def test_a_day_is_as_long_as_the_clock_makes_it(
    app, client, db, zone, day, first, last
):
    """First and last minute are in, the minutes before and after are not."""
    app.config["CBV_TIMEZONE"] = zone
    first, last, minute = datetime(*first), datetime(*last), timedelta(minutes=1)
    signings(db, first - minute, first, last, last + minute)

    class Day(DayArchiveView[Signing]):
        date_field = "at"
        month_format = "%m"

    class Month(MonthArchiveView[Signing]):
        date_field = "at"
        month_format = "%m"

    route(app, "/<year>/<month>/<day>/", Day)
    route(app, "/<year>/<month>/", Month)
    year, month, number = day
    context = client.get(f"/{year}/{month}/{number}/").context
    assert [row.at for row in context["object_list"]] == [last, first]
    assert context["previous_day"] == date(*day) - timedelta(days=1)
    assert context["next_day"] == date(*day) + timedelta(days=1)
    listed = client.get(f"/{year}/{month}/").context["date_list"]
    assert date(*day) in [moment.date() for moment in listed]


@pytest.mark.parametrize("name", ["at", "zoned"])
@pytest.mark.parametrize("period", ["day", "week", "month"])
def test_dates_found_by_walking_are_those_found_by_probing(
    app, client, db, name, period
):
    """Around every change of the clock in a year, hour by hour."""
    app.config["CBV_TIMEZONE"] = "Australia/Lord_Howe"  # changes by half an hour
    start = datetime(2023, 4, 1)
    signings(db, *(start + timedelta(hours=7 * n, minutes=35) for n in range(30)))

    class Index(ArchiveIndexView[Signing]):
        date_field = name
        date_list_period = period

    class Month(MonthArchiveView[Signing]):
        date_field = name
        month_format = "%m"
        date_list_period = period

    route(app, "/", Index)
    route(app, "/<year>/<month>/", Month)
    walked = client.get("/").context["date_list"]
    probed = client.get("/2023/4/").context["date_list"]
    assert sorted(walked)[-len(probed) :] == probed


def test_a_moment_later_today_is_the_future(app, client, db):
    """In a column of date-times it is this moment that counts."""
    app.config["CBV_TIMEZONE"] = "UTC"
    now = datetime.now(UTC).replace(tzinfo=None)
    signings(db, now - timedelta(seconds=5), now + timedelta(hours=1))

    class Index(ArchiveIndexView[Signing]):
        date_field = "at"

    route(app, "/", Index)
    assert len(client.get("/").context["object_list"]) == 1


def test_uses_datetime_field_tells_the_two_kinds_apart(app):
    """As in Django."""
    with app.test_request_context():
        assert ArchiveIndexView(model=Signing, date_field="at").uses_datetime_field
        assert not ArchiveIndexView(model=Volume, date_field="day").uses_datetime_field


def test_an_unknown_zone_names_the_setting(app, client, db):
    """A wrong CBV_TIMEZONE is a configuration error."""
    app.config["CBV_TIMEZONE"] = "Mars/Olympus"

    class Index(ArchiveIndexView[Signing]):
        date_field = "at"

    route(app, "/", Index)
    with pytest.raises(ImproperlyConfigured, match="CBV_TIMEZONE"):
        client.get("/")


# --- hooks ----------------------------------------------------------------------------


def test_scope_and_related_hold_for_rows_dates_and_neighbours(app, client, db):
    """Another shelf's rows are nowhere; the shelf is loaded with its rows."""
    shelves = [Shelf(name="mine"), Shelf(name="other")]
    db.add_all(shelves)
    db.commit()
    mine, other = (shelf.id for shelf in shelves)
    volumes(db, date(2021, 3, 1), date(2018, 1, 1), shelf_id=mine)
    volumes(db, date(2020, 1, 1), date(2021, 4, 1), shelf_id=other)

    class Year(YearArchiveView[Volume]):
        date_field = "day"
        make_object_list = True
        scope = Volume.shelf_id == per_request(lambda: mine)
        related = ["shelf"]

    route(app, "/<int:year>/", Year)
    with count_queries(2):
        response = client.get("/2021/")
    assert shown(response) == ["2021-03-01"]
    assert response.context["date_list"] == [date(2021, 3, 1)]
    assert response.context["previous_year"] == date(2018, 1, 1)
    assert client.get("/2020/").status_code == 404


def test_an_overridden_get_queryset_holds_for_the_dates_too(app, client, db):
    """The hook is asked, not the model; eager loading in it does not disturb."""
    volumes(db, date(2021, 3, 1), date(2021, 5, 1))

    class Year(YearArchiveView[Volume]):
        date_field = "day"

        def get_queryset(self):
            return select(Volume).where(Volume.title != "2021-05-01").distinct()

    route(app, "/<int:year>/", Year)
    assert client.get("/2021/").context["date_list"] == [date(2021, 3, 1)]


def test_an_overridden_get_dated_queryset_narrows_the_dates(app, client, db):
    """Its lookups are Django's, and what it returns is what is asked."""
    volumes(db, date(2021, 3, 1), date(2021, 5, 1))

    class Year(YearArchiveView[Volume]):
        date_field = "day"
        make_object_list = True

        def get_dated_queryset(self, **lookup):
            assert set(lookup) == {"day__gte", "day__lt"}
            found = super().get_dated_queryset(**lookup)
            return found.where(Volume.title != "2021-05-01")

    route(app, "/<int:year>/", Year)
    with count_queries(2):
        response = client.get("/2021/")
    assert response.context["date_list"] == [date(2021, 3, 1)]
    assert shown(response) == ["2021-03-01"]


def test_dated_statements_of_one_request_keep_their_values(app, client, db):
    """They run as one prepared statement, each with its own bounds."""
    volumes(db, date(2018, 5, 1), date(2020, 1, 1), date(2021, 3, 1), date(2021, 5, 1))

    class Year(YearArchiveView[Volume]):
        date_field = "day"
        make_object_list = True
        paginate_by = 1
        related = ["shelf"]

        def get_context_data(self, **kwargs):
            since, until = date(2018, 1, 1), date(2019, 1, 1)
            other = self.get_dated_queryset(day__gte=since, day__lt=until)
            context = super().get_context_data(other=other, **kwargs)
            later = self.get_dated_queryset(day__gte=date(2021, 1, 1))
            found = [cbv.db.fetch(other), cbv.db.fetch(later)]
            found += [db.scalars(other).all(), Paginator(other, 5).page(1).object_list]
            found.append(cbv.db.fetch(other.where(Volume.title != "2018-05-01")))
            unsorted = (other.order_by(None), later.order_by(None))
            found.append(db.scalars(union_all(*unsorted)).all())
            days = [[getattr(row, "title", row) for row in rows] for rows in found]
            counts = [cbv.db.count(other), cbv.db.count(later)]
            return {**context, "days": days, "counts": counts}

    route(app, "/<int:year>/", Year)
    response = client.get("/2021/?page=2")
    assert shown(response) == ["2021-03-01"]
    assert response.context["paginator"].count == 2
    once, both = ["2018-05-01"], ["2021-05-01", "2021-03-01"]
    assert response.context["days"][:5] == [once, both, once, once, []]
    assert len(response.context["days"][5]) == 3
    assert response.context["counts"] == [1, 2]


def test_a_dated_page_is_prepared_once(app, client, db):
    """Two years differ by their values, not by their statement."""
    volumes(db, date(2020, 1, 1), date(2021, 3, 1))

    class Year(YearArchiveView[Volume]):
        date_field = "day"
        make_object_list = True
        paginate_by = 1
        related = ["shelf"]

    route(app, "/<int:year>/", Year)
    first, second = (client.get(f"/{year}/").context for year in (2020, 2021))
    (one, before), (two, after) = (
        prepared(context["paginator"].object_list) for context in (first, second)
    )
    assert one is two
    assert before != after


def test_a_lookup_may_hold_what_no_parameter_can(app, client, db):
    """NULL, and an expression."""
    volumes(db, date(2020, 1, 1))
    volumes(db, date(2021, 3, 1), shelf=Shelf(name="top"))

    class Index(ArchiveIndexView[Volume]):
        date_field = "day"

        def get_dated_queryset(self, **lookup):
            early = literal(date(2021, 1, 1))
            return super().get_dated_queryset(shelf_id=None, day__lt=early, **lookup)

    route(app, "/", Index)
    assert shown(client.get("/")) == ["2020-01-01"]


def test_get_date_list_of_other_rows_is_not_limited_to_the_page(app, client, db):
    """A sidebar of all years in a year's page."""
    volumes(db, date(2018, 1, 1), date(2021, 3, 1))

    class Year(YearArchiveView[Volume]):
        date_field = "day"

        def get_context_data(self, **kwargs):
            years = self.get_date_list(self.get_queryset(), "year", "DESC")
            return super().get_context_data(years=years, **kwargs)

    route(app, "/<int:year>/", Year)
    context = client.get("/2021/").context
    assert context["years"] == [date(2021, 1, 1), date(2018, 1, 1)]
    assert context["date_list"] == [date(2021, 3, 1)]


def test_overridden_neighbours_are_called(app, client, db):
    """What the hook returns is shown."""
    volumes(db, date(2021, 3, 1))

    class Year(YearArchiveView[Volume]):
        date_field = "day"

        def get_next_year(self, date):
            return date.replace(year=date.year + 10)

    route(app, "/<int:year>/", Year)
    assert client.get("/2021/").context["next_year"] == date(2031, 1, 1)


def test_a_subclass_of_the_base_makes_its_own_period(app, client, db):
    """``get_dated_items`` gives dates, rows and more context, as in Django."""
    volumes(db, date(2021, 3, 1), date(2025, 1, 1))

    class Decade(compat.BaseDateListView):
        model = Volume
        date_field = "day"
        template_name_suffix = "_archive"

        def get_dated_items(self):
            rows = self.get_dated_queryset(day__gt=date(2020, 1, 1), slug="")
            rows = rows.where(Volume.day < date(2024, 1, 1))
            return self.get_date_list(rows), rows, {"decade": "twenties"}

    route(app, "/", Decade)
    response = client.get("/")
    assert response.context["decade"] == "twenties"
    assert shown(response) == ["2021-03-01"]


def test_the_base_alone_has_no_items(app, client, db):
    """Django raises NotImplementedError; here it names the class."""

    class Bare(DateListView[Volume]):
        date_field = "day"
        template_name_suffix = "_archive"

    route(app, "/", Bare)
    with pytest.raises(NotImplementedError, match="Bare"):
        client.get("/")


def test_ordering_may_be_set(app, client, db):
    """Else it is the date, newest first."""
    volumes(db, date(2021, 3, 1), date(2020, 3, 1), date(2022, 3, 1))

    class Index(ArchiveIndexView[Volume]):
        date_field = "day"
        ordering = "title"

    route(app, "/", Index)
    assert shown(client.get("/")) == ["2020-03-01", "2021-03-01", "2022-03-01"]


def test_an_index_without_object_list_asks_for_dates_alone(app, client, db):
    """``make_object_list`` is there for every archive."""
    volumes(db, date(2021, 3, 1))

    class Index(ArchiveIndexView[Volume]):
        date_field = "day"
        make_object_list = False

    route(app, "/", Index)
    with count_queries(1):
        assert shown(client.get("/")) == []


# --- wrong set-up -----------------------------------------------------------------


@pytest.mark.parametrize("name", [None, "title", "missing", "shelf"])
def test_date_field_must_be_a_date(name):
    """Found by ``as_view``, with the class and the cure."""

    class Index(ArchiveIndexView[Volume]):
        date_field = name

    with pytest.raises(ImproperlyConfigured, match=r"Index .*date_field.*Cure"):
        Index.as_view()


def test_unknown_date_list_period_is_a_configuration_error():
    """Hours are not offered."""
    with pytest.raises(ImproperlyConfigured, match=r"hour.*year, month, week, day"):
        ArchiveIndexView.as_view(
            model=Volume, date_field="day", date_list_period="hour"
        )


def test_a_sequence_has_no_dates_to_look_for(app, client, db):
    """Dates are looked for by SQL."""

    class Index(ArchiveIndexView):
        model = Volume
        date_field = "day"

        def get_queryset(self):
            return [Volume(title="x", day=date(2020, 1, 1))]

    route(app, "/", Index)
    with pytest.raises(ImproperlyConfigured, match=r"Index.*select\(Model\)"):
        client.get("/")


# --- names and templates --------------------------------------------------------------


@pytest.mark.parametrize(
    ("view_class", "suffix"),
    [
        (ArchiveIndexView, "_archive"),
        (YearArchiveView, "_archive_year"),
        (MonthArchiveView, "_archive_month"),
        (WeekArchiveView, "_archive_week"),
        (DayArchiveView, "_archive_day"),
        (TodayArchiveView, "_archive_day"),
        (DateDetailView, "_detail"),
    ],
)
def test_template_suffixes_are_djangos(app, view_class, suffix):
    """``volume_archive_year.html`` …, then the default that is shipped."""
    view = view_class(model=Volume, date_field="day")
    view.object_list = [Volume()]
    view.object = Volume()
    with app.test_request_context():
        assert view.get_template_names() == [
            f"volume{suffix}.html",
            f"cbv/object{suffix}.html",
        ]


def test_default_templates_link_to_the_neighbours(app, client, db):
    """With the formats of the view, and whatever else is in the URL."""
    volumes(db, date(2021, 2, 28), date(2021, 3, 1), date(2021, 4, 9))
    options = {"model": Volume, "date_field": "day"}
    route(app, "/<shop>/<int:year>/", YearArchiveView, "year", **options)
    route(app, "/<shop>/<year>/<month>/", MonthArchiveView, "month", **options)
    route(app, "/<shop>/<year>/w<week>/", WeekArchiveView, "week", **options)
    route(app, "/<shop>/<year>/<month>/<day>/", DayArchiveView, "day", **options)
    month = client.get("/x/2021/mar/?_external=1&_scheme=javascript&page=1").text
    assert '<a rel="prev" href="/x/2021/Feb/">February 2021</a>' in month
    assert '<a rel="next" href="/x/2021/Apr/">April 2021</a>' in month
    assert '<time datetime="2021-03-01">01 March 2021</time>' in month
    assert 'href="/x/2021/Feb/28/"' in client.get("/x/2021/mar/1/").text
    assert 'href="/x/2021/w14/"' in client.get("/x/2021/w9/").text
    assert '<time datetime="2021-04">April 2021</time>' in client.get("/x/2021/").text


def test_default_links_keep_to_the_query_where_the_date_came_from(app, client, db):
    """``?year=`` pages link to ``?year=`` pages; today's page has no links."""
    volumes(db, date(2020, 1, 1), date(2021, 1, 1), date.today())
    options = {"model": Volume, "date_field": "day"}
    route(app, "/year", YearArchiveView, "year", **options)
    route(app, "/today", TodayArchiveView, "today", **options)
    assert 'href="/year?year=2020"' in client.get("/year?year=2021").text
    assert "<nav" not in client.get("/today").text


def test_compat_names_work_together():
    """A migrant's own view on several of Django's mixins."""

    class Calendar(compat.YearMixin, compat.MonthMixin, compat.DayMixin, View):
        date_field = "day"
        year, month = 2021, "mar"

    view = Calendar()
    assert isinstance(view, DateMixin)
    assert (view.get_year(), view.get_month(), view.get_day_format()) == (
        2021,
        "mar",
        "%d",
    )
    assert compat.BaseYearArchiveView is YearArchiveView


@pytest.mark.parametrize(
    ("view_class", "option"),
    [
        (YearArchiveView, {"year_format": "%G"}),
        (MonthArchiveView, {"month_format": "%d"}),
        (DayArchiveView, {"day_format": "7"}),
        (DayArchiveView, {"year_format": "%m"}),
    ],
)
def test_a_format_that_names_no_part_is_refused(view_class, option):
    """Its value in the URL would be ignored: every year would be the year 2000."""
    view = type("Archive", (view_class,), {"model": Volume, "date_field": "day"})
    [name] = option
    with pytest.raises(ImproperlyConfigured, match=f"{name}.*Cure: use %"):
        view.as_view(**option)


def test_texts_of_dates_do_not_follow_the_locale(monkeypatch):
    """Whatever strftime says in another language, format_date says in English."""

    class Moment(datetime):
        def strftime(self, format_):
            assert format_ not in ("%a", "%A", "%b", "%B", "%p", "%c", "%x", "%X")
            return super().strftime(format_)

    evening = Moment(2024, 3, 5, 21, 4, 9)
    for format_, text in {
        "%a %A %b %B %h": "Tue Tuesday Mar March Mar",
        "%I %p": "09 PM",
        "%c": "Tue Mar  5 21:04:09 2024",
        "%x %X": "03/05/24 21:04:09",
        "%r": "09:04:09 PM",
        "100 %% %d": "100 % 05",
    }.items():
        assert format_date(evening, format_) == text
    assert format_date(date(2024, 3, 5), "%A %p") == "Tuesday AM"


@pytest.mark.parametrize(
    ("view_class", "rule", "extra"),
    [
        (ArchiveIndexView, "/", []),
        (YearArchiveView, "/<year>", ["year"]),
        (MonthArchiveView, "/<year>/<month>", ["month"]),
        (WeekArchiveView, "/<year>/week/<week>", ["week"]),
        (DayArchiveView, "/<year>/<month>/<day>", ["day", "month"]),
        (TodayArchiveView, "/today", ["day", "month"]),
    ],
)
def test_get_context_data_is_called_with_djangos_keywords(
    app, client, db, view_class, rule, extra
):
    """object_list, date_list, and the dates that get_dated_items adds."""
    today = date.today()
    volumes(db, today)
    seen = {}

    class Archive(view_class):
        model = Volume
        date_field = "day"
        month_format = "%m"
        week_format = "%W"
        make_object_list = True

        def get_context_data(self, **kwargs):
            seen.update(kwargs, rows=self.object_list)
            return super().get_context_data(**kwargs)

    route(app, rule, Archive)
    values = {"year": today.year, "month": today.month, "day": today.day}
    with app.test_request_context():
        url = url_for("archive", **values, week=today.strftime("%W"))
    with count_queries() as queries:
        context = client.get(url.partition("?")[0]).context
    neighbours = [f"{way}_{name}" for name in extra for way in ("next", "previous")]
    expected = {"object_list", "date_list", "rows", *extra[:1], *neighbours}
    assert set(seen) == expected
    assert list(seen["rows"]) == context["object_list"]
    assert len(context["object_list"]) == 1
    assert all(context[name] == seen[name] for name in [*extra[:1], *neighbours])
    assert len(queries) <= 2

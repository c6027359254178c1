"""The twin of the example, ported: what is left to do, and what it answers then."""

from __future__ import annotations

import importlib
from datetime import datetime
from datetime import timedelta
from datetime import UTC

import pytest

pytest.importorskip("django")
pytest_plugins = ["django_twin.rows"]

from cbv.port import port_project  # noqa: E402
from cbv.port.writing import write  # noqa: E402
from example.test_twins import REQUESTS  # noqa: E402
from port.django_site import importable  # noqa: E402
from port.django_site import make_twin  # noqa: E402
from port.twin_by_hand import edited  # noqa: E402

DAY = datetime(2024, 5, 17, 8, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def ported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("twin")
    source = folder / "django"
    source.mkdir()
    result = port_project(make_twin(source), folder / "flask")
    write(result, folder / "flask")
    removed = 0
    for path in sorted((folder / "flask" / "django_twins").glob("*.py")):
        text, count = edited(path.name, path.read_text())
        path.write_text(text)
        removed += count
    return folder / "flask", result, removed


def test_of_the_twin_few_lines_need_a_hand(ported):
    """Of every line that says something: those marked, and those that a person took."""
    _, result, removed = ported
    lines = sum(file.lines for file in result.files)
    left = sum(file.left for file in result.files)
    assert 1 - left / lines >= 0.95, (left, lines)
    assert not result.has_errors
    assert 1 - removed / lines >= 0.93, (removed, lines)


@pytest.fixture(scope="module")
def site(ported):
    folder, _, _ = ported
    with importable(folder):
        application = importlib.import_module("site1.application")
        config = {"DATABASE_URL": "sqlite://", "TESTING": True, "TRUSTED_HOSTS": None}
        app = application.create_app({**config, "WTF_CSRF_ENABLED": False})
        yield app
        app.extensions["database"].dispose()


@pytest.fixture
def ask(site):
    """Fill the ported site with the rows of the table, and ask it."""
    database = importlib.import_module("site1.database")
    engine = site.extensions["database"]
    database.Base.metadata.create_all(engine)
    users = fill(site)
    yield lambda *asked: answer(site, users, *asked)
    database.Base.metadata.drop_all(engine)


def fill(site):
    models = importlib.import_module("django_twins.models")
    User = importlib.import_module("site1.users").User
    from cbv import db

    with site.app_context():
        users = {name: User(username=name, password="!") for name in ("ann", "bob")}
        tag = models.Tag(name="flask")
        for age in range(12):
            ann, day = users["ann"], DAY - timedelta(days=age)
            post = models.Post(
                title=f"Post {age}",
                slug=f"post-{age}",
                content="Text.",
                date_posted=day,
                author=ann,
                authors=[ann],
                tags=[tag],
            )
            db.save(post)
        db.save(users["bob"])
        db.commit()
        return {name: user.id for name, user in users.items()}


def answer(site, users, user, method, path, form):
    from cbv.testing import Client

    User = importlib.import_module("site1.users").User
    from cbv import db

    site.test_client_class = Client
    client = site.test_client()
    if user:
        with site.app_context():
            client.force_login(db.session().get(User, users[user]))
    response = client.open(path, method=method, data=form or None)
    return response.status_code


#: The ported site keeps no versions of posts, as its Django twin does not.
_SAME = [r for r in REQUESTS if "/picture" not in r[2]]


@pytest.mark.parametrize(("user", "method", "path", "form", "status"), REQUESTS)
def test_the_ported_twin_gives_the_answers_of_the_table(
    ask, user, method, path, form, status
):
    assert ask(user, method, path, form) == status

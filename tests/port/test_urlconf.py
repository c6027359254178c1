"""URLconfs read as text: every address with its namespace and its values."""

from __future__ import annotations

import pytest

from cbv.port.project import read_project

HEAD = "from django.urls import include, path, re_path\n\n"


@pytest.fixture
def addresses(tmp_path):
    """Return a function that writes files and reads the addresses of the project."""

    def read(settings="", **files):
        for name, source in files.items():
            path = tmp_path / f"{name.replace('__', '/')}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(HEAD + source)
        if settings:
            (tmp_path / "settings.py").write_text(settings)
        project = read_project(tmp_path)
        return project.urls.addresses, [note for _, note in project.urls.faults]

    return read


def test_names_have_their_namespaces_and_values(addresses):
    found, _ = addresses(
        urls='urlpatterns = [path("<slug:user>/", include("blog.urls")), x]\n',
        blog__urls='app_name = "blog"\nurlpatterns = [\n'
        '    path("<int:pk>/", v, name="post"),\n'
        '    re_path(r"^(?P<year>\\d+)/$", v, {}, "year"),\n'
        '    path(route="a", view=v, name="a"), path("b", v)]\n',
    )
    assert found == {
        "blog:post": [("user", "pk")],
        "blog:year": [("user", "year")],
        "blog:a": [("user",)],
    }


def test_lists_are_added_named_nested_and_included(addresses):
    found, _ = addresses(
        urls="from . import shop\nmore = [path('a', v, name='a')]\n"
        "urlpatterns = [*more, path('b/', include(more)),"
        " path('c/', include((more, 'c'))), path('s', include(shop.urlpatterns)),"
        " path('d/', include(more, namespace='d'))] + [path('e', v, name='e')]\n"
        "urlpatterns += i18n_patterns(path('f', v, name='f'))\n",
        shop="urlpatterns = (path('h', v, name='h'),)\n",
    )
    assert set(found) == {"a", "c:a", "d:a", "e", "f", "h"}


def test_the_settings_say_which_urlconf_is_the_root(addresses):
    found, _ = addresses(
        settings='ROOT_URLCONF = "site1.addresses"\n',
        urls="urlpatterns = [path('a', v, name='a')]\n",
        site1__addresses="urlpatterns: list = [path('b', v, name='b')]\n",
    )
    assert set(found) == {"b"}


def test_an_include_in_a_circle_ends(addresses):
    found, _ = addresses(
        urls="urlpatterns = [path('', include('urls')), path('a', v, name='a')]\n"
    )
    assert set(found) <= {"a"}


def test_django_s_accounts_are_known_and_others_are_named(addresses):
    found, notes = addresses(
        urls="urlpatterns = [path('', include('django.contrib.auth.urls')),\n"
        " path('', include('django.contrib.admindocs.urls')),\n"
        " path('', include('gone.urls'))]\n"
    )
    assert found["password_reset_confirm"] == [("uidb64", "token")]
    assert [(note.line, note.is_error) for note in notes] == [(5, True)]

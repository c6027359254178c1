"""What a file is made of stays; what is no project is named, and the rest is ported."""

from __future__ import annotations

import pytest
from flask import Flask

from cbv.cli import cli
from cbv.port import port_project

VIEWS = b"from django.views.generic import ListView\n\n\nclass A(ListView):\n    pass\n"


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "site"
    (folder / "blog" / "templates").mkdir(parents=True)
    (folder / "blog" / "views.py").write_bytes(VIEWS)
    (folder / "blog" / "templates" / "a.html").write_bytes(
        b"{% load x %}\n{{ a|lower }}\n"
    )
    return folder


@pytest.fixture
def run(root):
    runner = Flask("app").test_cli_runner()
    return lambda *words: runner.invoke(cli, ["port", str(root), *words])


def ported(root, name):
    result = port_project(root, root.parent / "flask")
    [found] = [file for file in result.files if file.target.as_posix() == name]
    return found


def test_tabs_stay(root):
    source = (
        b"from django import forms\n\n\nclass F(forms.Form):\n\ta = forms.CharField()\n"
    )
    (root / "blog" / "forms.py").write_bytes(source)
    content = ported(root, "blog/forms.py").content
    assert b"\n\ta = StringField(" in content
    assert b"    " not in content


def test_line_ends_of_windows_stay(root):
    (root / "blog" / "views.py").write_bytes(VIEWS.replace(b"\n", b"\r\n"))
    content = ported(root, "blog/views.py").content
    assert b"from cbv import ListView\r\n" in content
    assert content.count(b"\n") == content.count(b"\r\n")
    (root / "blog" / "templates" / "a.html").write_bytes(b"{% load x %}\r\n{{ a }}\r\n")
    assert ported(root, "blog/templates/a.html").content == b"{{ a }}\r\n"


def test_a_byte_order_mark_and_another_encoding_stay(root):
    (root / "blog" / "views.py").write_bytes(b"\xef\xbb\xbf" + VIEWS)
    assert ported(root, "blog/views.py").content.startswith(
        b"\xef\xbb\xbffrom cbv import"
    )
    latin = "# -*- coding: latin-1 -*-\nname = 'Ångström'\n".encode("latin-1")
    (root / "blog" / "names.py").write_bytes(latin)
    assert ported(root, "blog/names.py").content == latin


def test_names_of_other_scripts_stay(root):
    source = (
        "from django.views.generic import ListView\n\n\nclass Übersicht(ListView):\n"
    )
    (root / "blog" / "größe.py").write_text(source + "    größe = 1  # è\n")
    content = ported(root, "blog/größe.py").content.decode()
    assert "class Übersicht(ListView):\n    größe = 1  # è\n" in content


def test_comments_and_blank_lines_stay(root):
    source = '''\
"""What is here."""

# Before the import.
from django.http import HttpResponse  # beside it
from django.views import (
    View,  # inside of an import
)
from django import forms

F = 1


class Form(forms.Form):
    a = forms.CharField(
        max_length=5,  # inside of a field
        # before the end of a field
    )


def view(request):
    return (
        X.objects  # inside of a chain
        .filter(a=1)
    )

# Before the class.


class A(View):  # beside the class
    # In front.

    def get(self, request):  # beside the function
        # Before the answer.
        return HttpResponse("x")  # beside it
    # At the end of the class.

# At the end.
'''
    (root / "blog" / "views.py").write_text(source)
    after = ported(root, "blog/views.py").after
    comments = [line.strip() for line in source.splitlines() if "#" in line]
    said = [comment[comment.index("#") :] for comment in comments]
    assert [text for text in said if text not in after] == []
    assert after.endswith("# At the end.\n")


def test_a_file_that_does_not_parse_is_named_and_the_rest_is_ported(root, run):
    (root / "blog" / "broken.py").write_text("x = 1\ndef f(:\n")
    (root / "blog" / "bytes.py").write_bytes(b"x = '\xff'\n")
    done = run("--report")
    assert done.exit_code == 1
    assert "blog/broken.py:2: it does not parse" in done.output
    assert "blog/bytes.py:1: it is no text" in done.output
    assert ported(root, "blog/views.py").after.startswith("from cbv import ListView")


def test_a_template_with_an_unknown_tag_is_named(root, run):
    (root / "blog" / "templates" / "b.html").write_text("a\n{% gone %}\n")
    done = run("--report", "--only", "templates")
    assert done.exit_code == 1
    assert "blog/templates/b.html:2: the tag gone is not known" in done.output
    assert ported(root, "blog/templates/a.html").after == "{{ a|lower }}\n"


def test_a_urlconf_that_includes_what_is_not_there_is_named(root, run):
    (root / "urls.py").write_text(
        "from django.urls import include, path\n\n"
        'urlpatterns = [\n    path("shop/", include("shop.urls")),\n]\n'
    )
    done = run("--report")
    assert done.exit_code == 1
    assert "urls.py:4: the URLconf shop.urls is not in the project" in done.output


def test_nothing_is_written_unless_it_is_asked_for(root, run):
    done = run()
    assert done.exit_code == 0, done.output
    assert "-from django.views.generic import ListView" in done.output
    assert "+from cbv import ListView" in done.output
    assert [path.name for path in root.parent.iterdir()] == ["site"]


def test_files_are_written_beside_the_project_and_never_over_others(root, run):
    done = run("--write")
    assert done.exit_code == 0, done.output
    target = root.parent / "site_flask"
    assert (target / "blog" / "views.py").read_text().startswith("from cbv import")
    assert (root / "blog" / "views.py").read_bytes() == VIEWS
    (target / "blog" / "views.py").write_text("mine")
    again = run("--write")
    assert again.exit_code == 1
    assert "is there already; --force overwrites it" in again.output
    assert (target / "blog" / "views.py").read_text() == "mine"
    assert run("--write", "--force").exit_code == 0
    assert (target / "blog" / "views.py").read_text() != "mine"


def test_a_folder_for_the_result_may_be_in_the_project(root, run):
    for _ in range(2):
        done = run("--write", "--force", "--to", str(root / "new"))
        assert done.exit_code == 0, done.output
    assert (root / "new" / "blog" / "views.py").exists()
    assert not (root / "new" / "new").exists()


def test_the_report_of_a_run_fits_one_screen_most_work_first(root, run):
    for number in range(12):
        lines = "\n".join("{{ a|gone }}" for _ in range(number + 1))
        (root / "blog" / "templates" / f"t{number}.html").write_text(lines)
    done = run("--report")
    lines = done.output.splitlines()
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 120
    [work] = [n for n, line in enumerate(lines) if "Left to do by hand" in line]
    assert "t11.html" in lines[work + 1]
    assert "t10.html" in lines[work + 2]


def test_what_stands_outside_of_the_project_is_not_read(root, tmp_path):
    (tmp_path / "secret.py").write_text("x = 1\n")
    (root / "blog" / "link.py").symlink_to(tmp_path / "secret.py")
    names = {str(file.source) for file in port_project(root, tmp_path / "to").files}
    assert not [name for name in names if "link" in name or "secret" in name]


def test_without_the_extra_the_command_says_what_to_install(root, run, monkeypatch):
    def missing(name):
        raise ModuleNotFoundError("No module named 'libcst'")

    monkeypatch.setattr("cbv.cli.import_module", missing)
    done = run("--write")
    assert done.exit_code == 1
    assert "pip install flask-cbv[port]" in done.output

"""Flask-Babel: lazy texts of a class are translated for each reader anew."""

from __future__ import annotations

import io

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import request
from flask_babel import Babel
from flask_babel import lazy_gettext

from cbv import CreateView
from cbv import SuccessMessageMixin
from cbv import TemplateView
from shop import Book

TEXTS = {"Saved.": "Gespeichert.", "Our books": "Unsere Bücher"}


@pytest.fixture
def shop(shop, tmp_path):
    """The application in English, and in German with ``?lang=de``."""
    lines = [f'msgid "{text}"\nmsgstr "{own}"\n' for text, own in TEXTS.items()]
    catalogue = read_po(io.BytesIO("\n".join(lines).encode()), locale="de")
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "messages.mo").open("wb") as file:
        write_mo(file, catalogue)
    Babel(
        shop,
        default_translation_directories=str(tmp_path),
        locale_selector=lambda: request.args.get("lang", "en"),
    )
    return shop


class NewBook(SuccessMessageMixin, CreateView[Book]):
    """Made by a form whose message is translated when it is shown."""

    fields = ["title"]
    success_url = "/"
    success_message = lazy_gettext("Saved.")


class Shelf(TemplateView):
    """A page with a lazy title."""

    template_name = "cbv/base.html"
    extra_context = {"title": lazy_gettext("Our books")}


def test_a_message_is_in_the_language_of_its_reader(shop):
    shop.add_url_rule("/new", view_func=NewBook.as_view())
    client = shop.test_client()
    for language, title, text in [
        ("en", "One", "Saved."),
        ("de", "Two", "Gespeichert."),
        ("en", "Three", "Saved."),
    ]:
        answer = client.post(f"/new?lang={language}", data={"title": title})
        assert [str(message) for _, message in answer.flashes] == [text]


def test_a_class_attribute_is_not_frozen_in_the_first_reader_s_language(shop):
    shop.add_url_rule("/", view_func=Shelf.as_view())
    client = shop.test_client()
    for language, title in [("de", "Unsere Bücher"), ("en", "Our books")] * 2:
        assert f"<title>{title}</title>" in client.get(f"/?lang={language}").text


def test_a_default_page_is_shown_in_every_language(shop):
    shop.add_url_rule("/new", view_func=NewBook.as_view())
    for language in ("en", "de", "ja", "ar"):
        answer = shop.test_client().get(f"/new?lang={language}")
        assert answer.status_code == 200
        assert 'name="title"' in answer.text

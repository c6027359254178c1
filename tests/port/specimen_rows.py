"""Run by Django's side alone: fill a database, and show what pages it makes of it.

``python specimen_rows.py FOLDER DATABASE URL…`` prints a JSON object of pages.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import date
from datetime import datetime
from datetime import UTC

sys.path.insert(0, sys.argv[1])
os.environ["DJANGO_SETTINGS_MODULE"] = "mysite.settings"
os.environ["SITE_DATABASE"] = sys.argv[2]

import django

django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402


def fill():
    """Make the tables, and a few rows in each."""
    from catalog.models import Author
    from catalog.models import Book
    from catalog.models import Genre
    from catalog.models import Loan
    from polls.models import Question

    call_command("migrate", run_syncdb=True, verbosity=0)
    ann = User.objects.create_user("ann", "ann@example.com", "a long sentence")
    born = date(1929, 10, 21)
    ursula = Author.objects.create(name="ursula k. le guin", born=born)
    italo = Author.objects.create(name="Italo Calvino", homepage="https://e.org/a/b/cd")
    genres = [Genre.objects.create(name=name) for name in ("Utopia", "Cities & towns")]
    for number, (title, author) in enumerate(
        [
            ("The Dispossessed <i>", ursula),
            ("Invisible Cities", italo),
            ("The Left Hand of Darkness", ursula),
        ]
    ):
        book = Book.objects.create(
            title=title,
            slug=f"book-{number}",
            author=author,
            summary="One.\n\nTwo & three.",
            price="12.50",
            published=date(1970 + number * 20, 5, 17),
            status="l" if number == 1 else "a",
        )
        book.genres.set(genres[: number + 1])
        moment = datetime(2024, 5, 17, 2, 30, tzinfo=UTC)
        Loan.objects.create(book=book, reader=ann, taken=moment)
    question = Question.objects.create(
        question_text="What's <new>?", pub_date=datetime(2024, 1, 31, 18, tzinfo=UTC)
    )
    question.choice_set.create(choice_text="Nothing", votes=1)
    question.choice_set.create(choice_text="Much", votes=2)


fill()
client = Client(SERVER_NAME="localhost")
anonymous = {url: client.get(url).content.decode() for url in sys.argv[3:]}
client.login(username="ann", password="a long sentence")
pages = {url: client.get(url).content.decode() for url in sys.argv[3:]}
print(json.dumps({"anonymous": anonymous, "ann": pages}))

"""Which address shows which view.

Django twin: ``urls.py``, to the letter.
"""

from __future__ import annotations

from flask import Flask

from cbv import path
from cbv import RedirectView
from cbv import register

from . import accounts
from . import comments
from . import posts

urlpatterns = [
    path("", RedirectView, name="index", kwargs={}),
]


def init_app(app: Flask) -> None:
    """Give the app its addresses."""
    register(app, urlpatterns)

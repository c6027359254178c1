"""``/tour/``: Flask's globals one by one, live, beside what Django has for each.

Django twin: an app of its own with ``app_name = "tour"``; Flask calls it a blueprint.
"""

from __future__ import annotations

from flask import Blueprint

from cbv import path
from cbv import register

from .application import ApplicationStop
from .celery import CeleryStop
from .g import GStop
from .newsletter import NewsletterView
from .request import RequestStop
from .session import SessionStop
from .stop import TourView
from .threads import ThreadsStop
from .user import UserStop

blueprint = Blueprint("tour", __name__, url_prefix="/tour")

STOPS = (
    RequestStop,
    ApplicationStop,
    GStop,
    SessionStop,
    UserStop,
    ThreadsStop,
    CeleryStop,
)

urlpatterns = [
    path("", TourView.as_view("index", stops=STOPS)),
    path("newsletter/<task_id>/", NewsletterView, name="newsletter"),
    *(
        path(f"{stop.subject}/", stop.as_view(stop.subject, stops=STOPS))
        for stop in STOPS
    ),
]

register(blueprint, urlpatterns)

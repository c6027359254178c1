"""``celery --app example_app.tasks worker`` finds its application here."""

from __future__ import annotations

from cbv.tasks import celery_app
from example_app import create_app

celery = celery_app(create_app())

"""The application that gunicorn serves: each request waits in the middle of a view."""

from __future__ import annotations

import time

from flask import g
from sqlalchemy import create_engine
from sqlalchemy import literal
from sqlalchemy import select
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import NullPool

from cbv import CBV
from cbv import current_view
from cbv import db
from cbv import View
from shop import make_app

app = make_app()
CBV(app, session=sessionmaker(create_engine("sqlite://", poolclass=NullPool)))


class Waits(View):
    """Says its number by three ways, after others had time to disturb it."""

    def get(self, number):
        self.number = g.number = number
        held = db.session().scalar(select(literal(number)))
        time.sleep(0.5)
        return f"{current_view.number} {g.number} {held}"


app.add_url_rule("/<int:number>", view_func=Waits.as_view())

"""A newsletter in the background: how it is sent, and how far it has come."""

from __future__ import annotations

from typing import Any
from typing import Literal

from flask import redirect
from flask import url_for
from flask.typing import ResponseReturnValue
from wtforms import IntegerField
from wtforms.validators import NumberRange

from cbv.forms import Form
from cbv.forms import Required
from cbv.views import TaskProgressView
from example_app.tasks import send_newsletter

MOST_READERS = 200
#: Seconds to wait for short work, so that it is done when its page is first shown.
PATIENCE = 1.0


class NewsletterForm(Form):
    """How many readers get a mail."""

    readers = IntegerField(
        "Readers", [Required(), NumberRange(1, MOST_READERS)], default=20
    )


def send(
    form: NewsletterForm, backend: Literal["thread", "celery"]
) -> ResponseReturnValue:
    """Have the newsletter sent after this request's commit; go and see how it does."""
    job = send_newsletter.using(backend=backend)
    result = job.enqueue("News", "It is on the blog.", form.readers.data or 0)
    return redirect(url_for(".newsletter", task_id=result.id), code=303)


class NewsletterView(TaskProgressView):
    """The progress of a newsletter, for whoever had it sent and knows its id."""

    template_name = "tour/newsletter.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give short work the time to end."""
        kwargs["task_result"].wait(PATIENCE)
        return super().get_context_data(**kwargs)

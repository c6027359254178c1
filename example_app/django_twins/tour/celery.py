"""Django twin of ``example_app/tour/celery.py``, with the tasks of Django 6."""

from django.db import transaction
from django.shortcuts import redirect
from django.views.generic import FormView

from .newsletter import NewsletterForm
from .threads import send_newsletter


class CeleryStop(FormView):
    form_class = NewsletterForm
    template_name = "tour/celery.html"

    def form_valid(self, form):
        # from django.tasks import task; send_newsletter = task(send_newsletter)
        readers = form.cleaned_data["readers"]
        transaction.on_commit(lambda: send_newsletter.enqueue(readers))
        return redirect("tour:celery")

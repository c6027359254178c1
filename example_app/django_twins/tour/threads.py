"""Django twin of ``example_app/tour/threads.py``."""

import threading

from django.conf import settings
from django.core import mail
from django.db import connection
from django.shortcuts import redirect
from django.views.generic import FormView

from .newsletter import NewsletterForm


class ThreadsStop(FormView):
    form_class = NewsletterForm
    template_name = "tour/threads.html"

    def form_valid(self, form):
        # No context is needed: settings and models are module-level names. But the
        # transaction of this view may not be committed when the thread begins.
        readers = form.cleaned_data["readers"]
        threading.Thread(target=send_newsletter, args=[readers]).start()
        return redirect("tour:threads")


def send_newsletter(readers):
    try:
        for number in range(1, readers + 1):
            address = f"reader{number}@example.com"
            mail.send_mail("News", "", settings.DEFAULT_FROM_EMAIL, [address])
    finally:
        connection.close()  # a connection of this thread's own, which nobody else ends

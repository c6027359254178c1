"""Django twin of ``example_app/tour/newsletter.py``, with the tasks of Django 6."""

from django import forms
from django.http import Http404
from django.views.generic import TemplateView


class NewsletterForm(forms.Form):
    readers = forms.IntegerField(min_value=1, max_value=200, initial=20)


class NewsletterView(TemplateView):
    template_name = "tour/newsletter.html"

    def get_context_data(self, **kwargs):
        # from django.tasks import default_task_backend
        # from django.tasks.exceptions import TaskResultDoesNotExist
        try:
            result = default_task_backend.get_result(kwargs["task_id"])  # noqa: F821
        except TaskResultDoesNotExist:  # noqa: F821
            raise Http404 from None
        # It has a status, but no progress; a bar needs a table of one's own.
        return super().get_context_data(task_result=result, **kwargs)

"""Django twin of ``example_app/tour/request.py``."""

from django import forms
from django.views.generic import FormView


class WordForm(forms.Form):
    word = forms.CharField(max_length=50)


class RequestStop(FormView):
    form_class = WordForm
    template_name = "tour/request.html"

    def form_valid(self, form):
        return self.render_to_response(self.get_context_data(form=form))

    def get_context_data(self, **kwargs):
        request = self.request  # or the argument of get(), post(), dispatch()
        kwargs["live"] = {
            "request.method": request.method,
            "request.get_full_path()": request.get_full_path(),
            "request.resolver_match.view_name": request.resolver_match.view_name,
            "self.kwargs": self.kwargs,
            "request.META['REMOTE_ADDR']": request.META["REMOTE_ADDR"],
            "request.headers['User-Agent']": request.headers.get("User-Agent"),
            # The last of several values; Flask's is the first.
            "request.GET.get('word')": request.GET.get("word"),
            "request.GET.getlist('word')": request.GET.getlist("word"),
        }
        return super().get_context_data(**kwargs)

"""Django twin of ``example_app/tour/application.py``."""

from django import forms
from django.conf import settings
from django.urls import resolve
from django.urls import Resolver404
from django.views.generic import FormView


class PathForm(forms.Form):
    path = forms.RegexField(r"\A/[\w./-]*\Z", initial="/home")


class ApplicationStop(FormView):
    form_class = PathForm
    template_name = "tour/current_app.html"

    def form_valid(self, form):
        # No request has to be pretended: addresses are resolved by a function.
        try:
            found = resolve(form.cleaned_data["path"])
        except Resolver404 as error:
            found = error
        context = self.get_context_data(form=form, found=found)
        return self.render_to_response(context)

    def get_context_data(self, **kwargs):
        # One process has one project, so its settings are a module-level name.
        kwargs["live"] = {
            "settings.DEBUG": settings.DEBUG,
            "settings.INSTALLED_APPS": settings.INSTALLED_APPS,
        }
        return super().get_context_data(**kwargs)

"""Django twin of ``example_app/tour/user.py``."""

from django import forms
from django.views.generic import FormView


class UserStop(FormView):
    form_class = forms.Form
    template_name = "tour/current_user.html"

    def form_valid(self, form):
        # Django knows no login that is not fresh: a session is valid or it is not.
        return self.render_to_response(self.get_context_data(form=form))

    def get_context_data(self, **kwargs):
        user = self.request.user  # lazy too: loaded when it is first looked at
        kwargs["live"] = {
            "type(user)": type(user),
            "user.is_authenticated": user.is_authenticated,
            "user.is_anonymous": user.is_anonymous,
            "user.is_active": user.is_active,
        }
        return super().get_context_data(**kwargs)

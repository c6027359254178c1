"""Django twin of ``example_app/tour/session.py``."""

from django import forms
from django.views.generic import FormView


class RememberForm(forms.Form):
    word = forms.CharField(max_length=50)
    tell = forms.BooleanField(required=False, initial=True)


class SessionStop(FormView):
    form_class = RememberForm
    template_name = "tour/session.html"

    def get(self, request, *args, **kwargs):
        request.session["visits"] = request.session.get("visits", 0) + 1
        return super().get(request, *args, **kwargs)

    def form_valid(self, form):
        session = self.request.session
        words = session.setdefault("words", [])
        words.append(form.cleaned_data["word"])
        if form.cleaned_data["tell"]:
            session.modified = True
        return self.render_to_response(self.get_context_data(form=form))

    def get_context_data(self, **kwargs):
        # By default a row in the table django_session; the cookie holds its key.
        # Flask's way is the engine "django.contrib.sessions.backends.signed_cookies".
        session = self.request.session
        kwargs["live"] = {
            "session['visits']": session.get("visits"),
            "session['words']": session.get("words"),
            "session.modified": session.modified,
            "session.session_key": session.session_key,
        }
        return super().get_context_data(**kwargs)

"""Django twin of ``example_app/blog/profile.py``."""

from django.contrib.auth import get_user_model
from django.contrib.auth import logout
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.messages.views import SuccessMessageMixin
from django.contrib.sessions.models import Session
from django.forms import Form
from django.urls import reverse_lazy
from django.views.generic import FormView
from django.views.generic import UpdateView


class ProfileView(LoginRequiredMixin, SuccessMessageMixin, UpdateView):
    model = get_user_model()
    fields = ["email"]
    template_name = "profile.html"
    context_object_name = "account"
    success_url = reverse_lazy("profile")
    success_message = "Your profile is changed."

    def get_object(self, queryset=None):
        return self.request.user


class LogoutEverywhereView(LoginRequiredMixin, SuccessMessageMixin, FormView):
    form_class = Form
    http_method_names = ["post", "options"]
    success_url = reverse_lazy("login")
    success_message = "You are logged out on all devices."

    def form_valid(self, form):
        # Every session must be opened to see whose it is: Django keeps no index.
        key = str(self.request.user.pk)
        for session in Session.objects.iterator():
            if session.get_decoded().get("_auth_user_id") == key:
                session.delete()
        logout(self.request)
        return super().form_valid(form)

"""Django twin of ``example_app/blog/accounts.py``."""

from django.contrib.auth import login
from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.views import LoginView
from django.contrib.auth.views import PasswordResetView
from django.contrib.messages.views import SuccessMessageMixin
from django.urls import include
from django.urls import path
from django.urls import reverse_lazy
from django.views.generic import CreateView


class BlogLoginView(LoginView):
    redirect_authenticated_user = True


class BlogRegisterView(SuccessMessageMixin, CreateView):
    form_class = UserCreationForm
    template_name = "registration/register.html"
    success_url = reverse_lazy("home")
    success_message = "Welcome, %(username)s."

    def form_valid(self, form):
        response = super().form_valid(form)
        login(self.request, self.object)
        return response


class BlogPasswordResetView(PasswordResetView):
    # Django itself counts no requests: django-ratelimit and django-axes do.
    pass


# The first address that fits answers, so ours stand before Django's own.
urlpatterns = [
    path("login/", BlogLoginView.as_view(), name="login"),
    path("register/", BlogRegisterView.as_view(), name="register"),
    path("password_reset/", BlogPasswordResetView.as_view(), name="password_reset"),
    path("", include("django.contrib.auth.urls")),
]

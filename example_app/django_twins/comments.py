"""Django twin of ``example_app/blog/comments.py``."""

from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.messages.views import SuccessMessageMixin
from django.shortcuts import get_object_or_404
from django.views.generic import CreateView
from django.views.generic import DeleteView
from django.views.generic import UpdateView

from .forms import CommentForm
from .models import Comment
from .models import Post


class CommentCreateView(LoginRequiredMixin, SuccessMessageMixin, CreateView):
    model = Comment
    form_class = CommentForm
    success_message = "Your comment is there."

    def dispatch(self, request, *args, **kwargs):
        # This runs before the login is asked for: LoginRequiredMixin.dispatch comes
        # second. So the post is looked up for people who may not comment at all.
        self.post_object = get_object_or_404(Post, pk=kwargs["post_id"])
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        return super().get_context_data(post=self.post_object, **kwargs)

    def form_valid(self, form):
        form.instance.post = self.post_object
        form.instance.author = self.request.user
        return super().form_valid(form)


class CommentUpdateView(LoginRequiredMixin, UpdateView):
    model = Comment
    form_class = CommentForm

    def get_queryset(self):
        own = super().get_queryset().filter(author=self.request.user)
        return own.select_related("post", "author")

    def get_template_names(self):
        # By hand, or with django-htmx; PUT has no request.POST in Django.
        if self.request.headers.get("HX-Request"):
            return ["django_twins/_comment_form.html"]
        return super().get_template_names()


class CommentDeleteView(LoginRequiredMixin, SuccessMessageMixin, DeleteView):
    model = Comment
    success_message = "Your comment is deleted."

    def get_queryset(self):
        own = super().get_queryset().filter(author=self.request.user)
        return own.select_related("post")

    def get_success_url(self):
        return self.object.post.get_absolute_url()

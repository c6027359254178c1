"""Django twin of ``example_app/blog/posts.py``."""

from django.contrib.auth import get_user_model
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.messages.views import SuccessMessageMixin
from django.db.models import Q
from django.shortcuts import get_object_or_404
from django.urls import reverse_lazy
from django.utils.text import slugify
from django.views.generic import CreateView
from django.views.generic import DeleteView
from django.views.generic import DetailView
from django.views.generic import ListView
from django.views.generic import UpdateView

from .forms import CommentForm
from .forms import PostForm
from .forms import tags_named
from .models import Post
from .models import Tag


class PostListView(ListView):
    model = Post
    ordering = ["-date_posted", "-id"]
    paginate_by = 5

    def get_queryset(self):
        posts = super().get_queryset().prefetch_related("authors")
        for word in self.request.GET.get("q", "").split():
            found = Q(title__icontains=word) | Q(content__icontains=word)
            posts = posts.filter(found | Q(tags__name__icontains=word))
        return posts.distinct()


class UserPostListView(PostListView):
    def dispatch(self, request, *args, **kwargs):
        request.author = get_object_or_404(
            get_user_model(), username=kwargs["username"]
        )
        return super().dispatch(request, *args, **kwargs)

    def get_queryset(self):
        return super().get_queryset().filter(authors=self.request.author)

    def get_context_data(self, **kwargs):
        kwargs["heading"] = f"Posts by {self.request.author}"
        return super().get_context_data(**kwargs)


class TagPostListView(PostListView):
    def dispatch(self, request, *args, **kwargs):
        self.tag = get_object_or_404(Tag, name=kwargs["name"])
        return super().dispatch(request, *args, **kwargs)

    def get_queryset(self):
        return super().get_queryset().filter(tags=self.tag)

    def get_context_data(self, **kwargs):
        kwargs["tag"] = self.tag
        kwargs["heading"] = f"Posts tagged {self.tag}"
        return super().get_context_data(**kwargs)


class PostDetailView(DetailView):
    model = Post
    query_pk_and_slug = True

    def get_queryset(self):
        related = "authors", "tags", "comments__author"
        return super().get_queryset().prefetch_related(*related)

    def get_context_data(self, **kwargs):
        if self.request.user.is_authenticated:
            kwargs["comment_form"] = CommentForm()
        return super().get_context_data(**kwargs)


class TaggedPostMixin(SuccessMessageMixin):
    form_class = PostForm
    template_name = "django_twins/post_form.html"

    def form_valid(self, form):
        # One transaction only with ATOMIC_REQUESTS, which is off by default.
        response = super().form_valid(form)
        self.object.tags.set(tags_named(form.cleaned_data["tags"]))
        return response


class PostCreateView(LoginRequiredMixin, TaggedPostMixin, CreateView):
    model = Post
    success_message = "Your post “%(title)s” is published."

    def form_valid(self, form):
        form.instance.author = self.request.user
        form.instance.slug = slugify(form.cleaned_data["title"])
        response = super().form_valid(form)
        self.object.authors.set([self.request.user])
        return response


class PostUpdateView(LoginRequiredMixin, TaggedPostMixin, UpdateView):
    model = Post
    success_message = "Your post “%(title)s” is changed."

    def get_queryset(self):
        return super().get_queryset().filter(author=self.request.user)


class PostDeleteView(LoginRequiredMixin, SuccessMessageMixin, DeleteView):
    model = Post
    success_url = reverse_lazy("home")

    def get_queryset(self):
        return super().get_queryset().filter(author=self.request.user)

    def get_success_message(self, cleaned_data):
        # The names in success_message are those of the form, which has no title.
        return f"Your post “{self.object.title}” is deleted."

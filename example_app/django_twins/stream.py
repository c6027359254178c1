"""Django twin of ``example_app/blog/stream.py``: as near as Django itself comes."""

from django.db.models import Q
from django.views.generic import ListView

from .models import Post

ORDERINGS = ["date_posted", "-date_posted", "title", "-title"]


class PostStreamView(ListView):
    model = Post
    ordering = ["-date_posted", "-id"]
    paginate_by = 5
    template_name = "django_twins/post_list.html"

    # Pages are skipped to by OFFSET and counted. A page that goes on after a row
    # needs a paginator of one's own: WHERE (date_posted, id) < (?, ?).

    def get_queryset(self):
        # A key that is no number is an error of the form in cbv, and here a 500.
        posts, asked = super().get_queryset(), self.request.GET
        for name in ("tags", "authors"):
            keys = [key for key in asked.getlist(name) if key]
            if keys:
                posts = posts.filter(**{f"{name}__in": keys})
        for word in asked.get("q", "").split():
            posts = posts.filter(Q(title__icontains=word) | Q(content__icontains=word))
        return posts.distinct()

    def get_ordering(self):
        asked = self.request.GET.get("ordering")
        return [asked, "id"] if asked in ORDERINGS else self.ordering

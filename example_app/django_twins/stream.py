"""Django twin of ``example_app/stream.py``: as near as Django itself comes."""

from django.views.generic import ListView

from .models import Post


class PostStreamView(ListView):
    model = Post
    ordering = ["-date_posted", "-id"]
    paginate_by = 5
    template_name = "django_twins/post_list.html"

    # Pages are skipped to by OFFSET and counted. A page that goes on after a row
    # needs a paginator of one's own: WHERE (date_posted, id) < (?, ?).

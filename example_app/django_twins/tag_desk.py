"""Django twin of ``example_app/blog/tag_desk.py``, with neapolitan."""

from django.contrib.auth.mixins import LoginRequiredMixin
from neapolitan.views import CRUDView

from .models import Tag


class TagDesk(LoginRequiredMixin, CRUDView):
    model = Tag
    url_base = "tag_desk"
    fields = ["name"]
    paginate_by = 20

"""Django twin of ``example_app/blog/tags.py``."""

from django.db.models import Count
from django.views.generic import ListView

from .models import Tag


class TagListView(ListView):
    queryset = (
        Tag.objects.annotate(number=Count("posts"))
        .filter(number__gt=0)
        .order_by("name")
    )

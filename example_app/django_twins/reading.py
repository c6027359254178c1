"""Django twin of ``example_app/blog/reading.py``, with django-extra-views."""

from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.messages.views import SuccessMessageMixin
from django.urls import reverse_lazy
from django.views.generic import DeleteView
from django.views.generic import ListView
from extra_views import CreateWithInlinesView
from extra_views import InlineFormSetFactory
from extra_views import UpdateWithInlinesView

from .models import Link
from .models import ReadingList


class LinkInline(InlineFormSetFactory):
    model = Link
    fields = ["title", "url"]
    prefix = "links"
    factory_kwargs = {"extra": 2, "max_num": 20, "can_delete": True}


class ReadingListView(ListView):
    queryset = ReadingList.objects.select_related("author").prefetch_related("links")
    ordering = ["title"]
    paginate_by = 10


class OwnListsMixin(LoginRequiredMixin, SuccessMessageMixin):
    model = ReadingList
    success_url = reverse_lazy("reading")

    def get_queryset(self):
        return super().get_queryset().filter(author=self.request.user)


class ReadingListCreateView(OwnListsMixin, CreateWithInlinesView):
    fields = ["title"]
    inlines = [LinkInline]
    success_message = "Your list “%(title)s” is saved."

    def forms_valid(self, form, inlines):
        # The list is saved before the links: with ATOMIC_REQUESTS only is it lost
        # with them.
        form.instance.author = self.request.user
        return super().forms_valid(form, inlines)


class ReadingListUpdateView(OwnListsMixin, UpdateWithInlinesView):
    fields = ["title"]
    inlines = [LinkInline]
    success_message = "Your list “%(title)s” is saved."


class ReadingListDeleteView(OwnListsMixin, DeleteView):
    success_message = "Your list is deleted."

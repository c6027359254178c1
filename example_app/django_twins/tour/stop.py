"""Django twin of ``example_app/tour/stop.py``."""

from django.views.generic import TemplateView


class TourView(TemplateView):
    template_name = "tour/index.html"

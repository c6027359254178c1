"""Django twin of ``example_app/tour/g.py``."""

from django.views.generic import FormView

from .request import WordForm


class GStop(FormView):
    form_class = WordForm
    template_name = "tour/g.html"

    def dispatch(self, request, *args, **kwargs):
        request.seen_by_every_hook = "set in dispatch"
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form):
        self.request.word = form.cleaned_data["word"]
        return self.render_to_response(self.get_context_data(form=form))

    def get_context_data(self, **kwargs):
        # Whoever has the request has its attributes; nobody else can ask for them.
        kwargs["live"] = {
            "request.word": getattr(self.request, "word", "nothing"),
            "request.seen_by_every_hook": self.request.seen_by_every_hook,
        }
        return super().get_context_data(**kwargs)

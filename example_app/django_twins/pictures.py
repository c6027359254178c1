"""Django twin of ``example_app/blog/pictures.py``."""

from hashlib import md5

from django.http import Http404
from django.http import HttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.http import condition
from django.views.generic import DetailView

from .models import Profile


def etag(request, user_id):
    picture = Profile.objects.filter(pk=user_id).values_list("picture", flat=True)
    return f'"{md5(picture[0]).hexdigest()}"' if picture and picture[0] else None


@method_decorator(condition(etag_func=etag), name="dispatch")
class PictureView(DetailView):
    model = Profile
    pk_url_kwarg = "user_id"

    def get(self, request, *args, **kwargs):
        profile = self.get_object()
        if profile.picture is None:
            raise Http404
        return HttpResponse(profile.picture, content_type="image/png")

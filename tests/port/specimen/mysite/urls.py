from django.contrib import admin
from django.urls import include
from django.urls import path

urlpatterns = [
    path("polls/", include("polls.urls")),
    path("catalog/", include("catalog.urls")),
    path("accounts/", include("django.contrib.auth.urls")),
    path("admin/", admin.site.urls),
]

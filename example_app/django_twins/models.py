"""Django twin of ``example_app/blog/models.py``."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone


class Tag(models.Model):
    name = models.CharField(max_length=40, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("tag_posts", kwargs={"name": self.name})


class Profile(models.Model):
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True
    )
    picture = models.BinaryField(null=True, editable=False)
    # Django's sessions end with the password alone; an epoch needs a column.
    session_epoch = models.PositiveIntegerField(default=0, editable=False)


class Post(models.Model):
    title = models.CharField(max_length=200)
    slug = models.CharField(max_length=120, editable=False)
    content = models.TextField(max_length=200_000)
    date_posted = models.DateTimeField(default=timezone.now, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+"
    )
    authors = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="posts")
    tags = models.ManyToManyField(Tag, related_name="posts")

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("post_detail", kwargs={"pk": self.pk, "slug": self.slug})


class Comment(models.Model):
    post = models.ForeignKey(Post, models.CASCADE, related_name="comments")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+"
    )
    content = models.TextField(max_length=5_000)
    date_posted = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["date_posted", "pk"]

    def __str__(self):
        return self.content[:50]

    def get_absolute_url(self):
        return f"{self.post.get_absolute_url()}#comment-{self.pk}"


class ReadingList(models.Model):
    title = models.CharField(max_length=200)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+"
    )

    def __str__(self):
        return self.title


class Link(models.Model):
    reading_list = models.ForeignKey(ReadingList, models.CASCADE, related_name="links")
    title = models.CharField(max_length=200)
    url = models.URLField(max_length=500)

    def __str__(self):
        return self.title

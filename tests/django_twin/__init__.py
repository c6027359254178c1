"""A Django project around ``example_app.django_twins``: settings and bare templates."""

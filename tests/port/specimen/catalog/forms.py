from django import forms
from django.core.exceptions import ValidationError

from .models import Author
from .models import Book


class AuthorForm(forms.ModelForm):
    class Meta:
        model = Author
        fields = ["name", "born", "homepage"]
        labels = {"born": "Day of birth"}

    def clean_name(self):
        name = self.cleaned_data["name"]
        if name.lower() == "anonymous":
            raise ValidationError("Please say who it was.")
        return name


class BookForm(forms.ModelForm):
    class Meta:
        model = Book
        fields = ["title", "slug", "author", "genres", "status", "price", "published"]
        widgets = {"title": forms.Textarea()}


class SearchForm(forms.Form):
    words = forms.CharField(max_length=50, label="What", help_text="A few words.")
    new_only = forms.BooleanField(required=False)
    # The newest come first.
    limit = forms.IntegerField(min_value=1, max_value=100, initial=10)

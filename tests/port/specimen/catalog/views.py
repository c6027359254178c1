from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.mixins import UserPassesTestMixin
from django.contrib.messages.views import SuccessMessageMixin
from django.db.models import Q
from django.shortcuts import get_object_or_404
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils import timezone
from django.views.generic import CreateView
from django.views.generic import DeleteView
from django.views.generic import DetailView
from django.views.generic import FormView
from django.views.generic import ListView
from django.views.generic import TemplateView
from django.views.generic import UpdateView

from .forms import AuthorForm
from .forms import BookForm
from .forms import SearchForm
from .models import Author
from .models import Book
from .models import Loan


class IndexView(TemplateView):
    template_name = "catalog/index.html"

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context["newest"] = Book.objects.select_related("author")[:3]
        context["book_count"] = Book.objects.count()
        context["on_loan"] = Book.objects.filter(status=Book.Status.LOANED).count()
        return context


class BookListView(ListView):
    model = Book
    paginate_by = 2

    def get_queryset(self):
        queryset = super().get_queryset().select_related("author")
        language = self.request.GET.get("language")
        if language:
            queryset = queryset.filter(language=language)
        return queryset


class BookDetailView(DetailView):
    model = Book
    queryset = Book.objects.prefetch_related("genres", "loans__reader")


class AuthorListView(ListView):
    model = Author


class AuthorDetailView(DetailView):
    model = Author


class AuthorCreateView(LoginRequiredMixin, SuccessMessageMixin, CreateView):
    form_class = AuthorForm
    model = Author
    success_message = "%(name)s is in the catalog."


class BookCreateView(LoginRequiredMixin, CreateView):
    model = Book
    form_class = BookForm

    def form_valid(self, form):
        messages.success(self.request, "The book is in the catalog.")
        return super().form_valid(form)


class BookUpdateView(UserPassesTestMixin, UpdateView):
    model = Book
    fields = ["title", "status", "summary"]

    def test_func(self):
        return self.request.user.is_staff


class BookDeleteView(UserPassesTestMixin, DeleteView):
    model = Book
    success_url = reverse_lazy("catalog:book_list")

    def test_func(self):
        return self.request.user.is_staff


class MyLoansView(LoginRequiredMixin, ListView):
    context_object_name = "loans"
    template_name = "catalog/my_loans.html"

    def get_queryset(self):
        return (
            Loan.objects.filter(reader=self.request.user, returned__isnull=True)
            .select_related("book")
            .order_by("taken")
        )


class SearchView(FormView):
    form_class = SearchForm
    template_name = "catalog/search.html"

    def form_valid(self, form):
        words = form.cleaned_data["words"]
        books = Book.objects.filter(
            Q(title__icontains=words) | Q(author__name__icontains=words)
        ).exclude(status=Book.Status.LOANED)
        if form.cleaned_data["new_only"]:
            books = books.filter(published__year__gte=2000)
        context = self.get_context_data(
            form=form, books=books[: form.cleaned_data["limit"]]
        )
        return self.render_to_response(context)


@login_required
def borrow(request, slug):
    book = get_object_or_404(Book, slug=slug)
    if request.method == "POST" and book.status == Book.Status.AVAILABLE:
        Loan.objects.create(book=book, reader=request.user, taken=timezone.now())
        book.status = Book.Status.LOANED
        book.save()
        messages.info(request, f"Bring it back within {settings.LOAN_DAYS} days.")
    return redirect(book)

"""What Django's importable names are called here: by dotted name, module and name.

A name that is not here has no counterpart; what uses it is left with a comment.
"""

from __future__ import annotations

_GENERIC = (
    "View TemplateView RedirectView DetailView ListView FormView CreateView UpdateView"
    " DeleteView ArchiveIndexView YearArchiveView MonthArchiveView WeekArchiveView"
    " DayArchiveView TodayArchiveView DateDetailView"
)
_MIXINS = (
    "base.ContextMixin base.TemplateResponseMixin detail.SingleObjectMixin"
    " detail.SingleObjectTemplateResponseMixin detail.BaseDetailView"
    " list.MultipleObjectMixin list.MultipleObjectTemplateResponseMixin"
    " list.BaseListView edit.FormMixin edit.ModelFormMixin edit.ProcessFormView"
    " edit.BaseFormView edit.BaseCreateView edit.BaseUpdateView edit.BaseDeleteView"
    " edit.DeletionMixin dates.DateMixin dates.YearMixin dates.MonthMixin"
    " dates.WeekMixin dates.DayMixin dates.BaseDateListView"
)
_AUTH_VIEWS = (
    "LoginView LogoutView PasswordChangeView PasswordChangeDoneView PasswordResetView"
    " PasswordResetDoneView PasswordResetConfirmView PasswordResetCompleteView"
)
_CBV = {"SingleObjectMixin", "MultipleObjectMixin", "FormMixin", "ModelFormMixin"}
_AUTH = "authenticate login logout update_session_auth_hash"
_AUTH_FORMS = "AuthenticationForm PasswordChangeForm SetPasswordForm PasswordResetForm"


def _table() -> dict[str, tuple[str, str]]:
    table: dict[str, tuple[str, str]] = {}
    for name in _GENERIC.split():
        for part in ("", "base.", "detail.", "list.", "edit.", "dates."):
            table[f"django.views.generic.{part}{name}"] = ("cbv", name)
    for path in _MIXINS.split():
        name = path.rpartition(".")[2]
        home = "cbv" if name in _CBV else "cbv.compat"
        table[f"django.views.generic.{path}"] = (home, name)
    for name in _AUTH_VIEWS.split():
        table[f"django.contrib.auth.views.{name}"] = ("cbv.auth", name)
    for name in _AUTH.split():
        table[f"django.contrib.auth.{name}"] = ("cbv.auth", name)
    for name in _AUTH_FORMS.split():
        table[f"django.contrib.auth.forms.{name}"] = ("cbv.auth", name)
    return table


#: By Django's dotted name: the module and the name here.
NAMES: dict[str, tuple[str, str]] = {
    **_table(),
    "django.views.View": ("cbv", "View"),
    "django.utils.decorators.method_decorator": ("cbv", "method_decorator"),
    "django.contrib.auth.decorators.login_required": ("cbv.auth", "login_required"),
    "django.contrib.auth.decorators.permission_required": (
        "cbv.auth",
        "permission_required",
    ),
    "django.contrib.auth.decorators.user_passes_test": ("cbv.auth", "user_passes_test"),
    "django.contrib.auth.hashers.make_password": ("cbv.auth", "make_password"),
    "django.contrib.auth.mixins.AccessMixin": ("cbv.auth", "AccessMixin"),
    "django.contrib.auth.mixins.LoginRequiredMixin": ("cbv.auth", "LoginRequiredMixin"),
    "django.contrib.auth.mixins.PermissionRequiredMixin": (
        "cbv.auth",
        "PermissionRequiredMixin",
    ),
    "django.contrib.auth.mixins.UserPassesTestMixin": (
        "cbv.auth",
        "UserPassesTestMixin",
    ),
    "django.contrib.auth.tokens.PasswordResetTokenGenerator": (
        "cbv.auth",
        "PasswordResetTokenGenerator",
    ),
    "django.contrib.auth.tokens.default_token_generator": (
        "cbv.auth",
        "default_token_generator",
    ),
    "django.contrib.messages.views.SuccessMessageMixin": ("cbv", "SuccessMessageMixin"),
    "django.core.exceptions.ImproperlyConfigured": ("cbv", "ImproperlyConfigured"),
    "django.core.exceptions.ValidationError": (
        "wtforms.validators",
        "ValidationError",
    ),
    "django.core.paginator.Paginator": ("cbv", "Paginator"),
    "django.forms.Form": ("cbv.forms", "Form"),
    "django.forms.ModelForm": ("cbv.forms", "ModelForm"),
    "django.forms.ValidationError": ("wtforms.validators", "ValidationError"),
    "django.forms.formset_factory": ("cbv.formsets", "formset_factory"),
    "django.forms.inlineformset_factory": ("cbv.formsets", "inlineformset_factory"),
    "django.forms.modelform_factory": ("cbv.forms", "modelform_factory"),
    "django.forms.modelformset_factory": ("cbv.formsets", "modelformset_factory"),
    "django.core.exceptions.ObjectDoesNotExist": ("sqlalchemy.exc", "NoResultFound"),
    "django.core.exceptions.MultipleObjectsReturned": (
        "sqlalchemy.exc",
        "MultipleResultsFound",
    ),
    "django.core.exceptions.PermissionDenied": ("werkzeug.exceptions", "Forbidden"),
    "django.http.Http404": ("werkzeug.exceptions", "NotFound"),
    "django.http.HttpResponse": ("flask", "Response"),
    "django.http.JsonResponse": ("flask", "jsonify"),
    "django.shortcuts.get_list_or_404": ("cbv.db", "get_list_or_404"),
    "django.shortcuts.get_object_or_404": ("cbv.db", "get_object_or_404"),
    "django.db.transaction.on_commit": ("cbv.db", "on_commit"),
    "django.urls.include": ("cbv", "include"),
    "django.urls.path": ("cbv", "path"),
    "django.urls.reverse": ("cbv", "reverse"),
    "django.urls.reverse_lazy": ("cbv", "reverse_lazy"),
    "django.utils.html.escape": ("markupsafe", "escape"),
    "django.utils.safestring.SafeString": ("markupsafe", "Markup"),
    "django.utils.safestring.mark_safe": ("markupsafe", "Markup"),
    "extra_views.CreateWithInlinesView": ("cbv", "CreateWithInlinesView"),
    "extra_views.FormSetView": ("cbv", "FormSetView"),
    "extra_views.InlineFormSetFactory": ("cbv", "InlineFormSetFactory"),
    "extra_views.ModelFormSetView": ("cbv", "ModelFormSetView"),
    "extra_views.UpdateWithInlinesView": ("cbv", "UpdateWithInlinesView"),
    "neapolitan.views.CRUDView": ("cbv", "CRUDView"),
}
#: Modules whose names are turned, or left with a comment.
FOREIGN = ("django", "extra_views", "neapolitan")
#: Names of Django that stand for what a port puts in the project's own package.
OWN = {
    "django.utils.timezone.now": ("database", "utcnow"),
    "django.utils.text.slugify": ("template_filters.texts", "slugify"),
    "django.template.Library": ("template_filters", "Library"),
    "django.db.models.TextChoices": ("database", "TextChoices"),
    "django.db.models.IntegerChoices": ("database", "IntegerChoices"),
}
#: Names of Django's that are only parts of others, and gone when those are turned.
PARTS = {
    "django.conf.settings",
    "django.contrib.admin",
    "django.contrib.auth.get_user_model",
    "django.contrib.auth.models.User",
    "django.contrib.auth.views",
    "django.contrib.messages",
    "django.db.models",
    "django.db.models.Q",
    "django.forms",
    "django.template",
    "django.utils.timezone",
    "django.views.generic",
}
#: Pages of the docs for names that have no counterpart, by the start of the name.
PAGES = {
    "django.contrib.auth": "auth.md",
    "django.contrib.sessions": "sessions.md",
    "django.db": "extension.md",
    "django.forms": "forms.md",
    "django.urls": "urls.md",
    "django.test": "testing.md",
    "django.views": "views.md",
}


def page_of(name: str) -> str:
    """Return the page of the docs for a name of Django's."""
    starts = [start for start in PAGES if name.startswith(start)]
    return PAGES[max(starts, key=len)] if starts else "coming-from-django.md"

"""Formsets and their views: several forms in one ``<form>``, saved in one transaction.

There are three kinds: forms without a model, forms for rows of a table (model formset),
and forms for the rows that belong to one object (inline formset).

Django: ``django.forms.formsets`` and the formsets of ``django.forms.models``; the views
have the names of django-extra-views. Since 0.1.
"""

from __future__ import annotations

from .base import all_valid
from .base import BaseFormSet
from .base import ImproperFormSet
from .counts import DEFAULT_MAX_NUM
from .counts import ManagementForm
from .factories import formset_factory
from .factories import inlineformset_factory
from .factories import modelformset_factory
from .formset import BaseInlineFormSet
from .formset import BaseModelFormSet
from .inlines import InlineFormSetFactory
from .views import CreateWithInlinesView
from .views import FormSetView
from .views import ModelFormSetView
from .views import ModelFormWithInlinesMixin
from .views import UpdateWithInlinesView

__all__ = [
    "DEFAULT_MAX_NUM",
    "BaseFormSet",
    "BaseInlineFormSet",
    "BaseModelFormSet",
    "CreateWithInlinesView",
    "FormSetView",
    "ImproperFormSet",
    "InlineFormSetFactory",
    "ManagementForm",
    "ModelFormSetView",
    "ModelFormWithInlinesMixin",
    "UpdateWithInlinesView",
    "all_valid",
    "formset_factory",
    "inlineformset_factory",
    "modelformset_factory",
]

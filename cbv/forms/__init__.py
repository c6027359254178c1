"""Forms whose fields come from mapped classes, and the functions around them.

A form checks what a request submits and sets the attributes of an object.

Django: ``django.forms`` and ``django.forms.models``.
"""

from __future__ import annotations

from .cleaning import ValidationError
from .error_messages import NON_FIELD_ERRORS
from .filling import fill
from .filling import RefusedValue
from .model_fields import register_field
from .model_form import Form
from .model_form import ModelForm
from .model_form import modelform_factory
from .unique import check_unique
from .validators import add_error
from .validators import Required
from .validators import Storable
from .validators import stripped

__all__ = [
    "NON_FIELD_ERRORS",
    "Form",
    "ModelForm",
    "RefusedValue",
    "Required",
    "Storable",
    "ValidationError",
    "add_error",
    "check_unique",
    "fill",
    "modelform_factory",
    "register_field",
    "stripped",
]

"""What a view is made of, whether it is set up rightly, and what one request does.

The commands over it are in :mod:`cbv.cli`; in debug mode the same stands under
``/_cbv/``. After Classy Class-Based Views (ccbv.co.uk) and Django's system checks.
"""

from __future__ import annotations

from .checks import check
from .checks import Fault
from .deployment import check_deploy
from .deployment import notes
from .explanation import explain
from .listings import NoTemplate
from .listings import routes
from .listings import take_over
from .listings import templates
from .pages import install_pages
from .sections import as_text
from .sections import Section
from .subjects import find_subject
from .subjects import Subject
from .subjects import UnknownSubject
from .tracing import Recorder
from .tracing import trace
from .tracing import UnknownUser

__all__ = [
    "Fault",
    "NoTemplate",
    "Recorder",
    "Section",
    "Subject",
    "UnknownSubject",
    "UnknownUser",
    "as_text",
    "check",
    "check_deploy",
    "explain",
    "find_subject",
    "install_pages",
    "notes",
    "routes",
    "take_over",
    "templates",
    "trace",
]

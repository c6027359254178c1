"""Tools that explain an application's views, check their set-up and trace a request.

The commands ``flask cbv …`` (:mod:`cbv.cli`) print the results, and in debug mode the
pages under ``/_cbv/`` show them. The models are Classy Class-Based Views (ccbv.co.uk)
and Django's system checks.
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

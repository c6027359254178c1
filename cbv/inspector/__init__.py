"""What a view is made of, whether it is set up rightly, and what one request does.

The commands over it are in :mod:`cbv.cli`; in debug mode the same stands under
``/_cbv/``. After Classy Class-Based Views (ccbv.co.uk) and Django's system checks.
"""

from __future__ import annotations

from .checks import check as check
from .checks import Fault as Fault
from .deployment import check_deploy as check_deploy
from .deployment import notes as notes
from .explanation import explain as explain
from .listings import NoTemplate as NoTemplate
from .listings import routes as routes
from .listings import take_over as take_over
from .listings import templates as templates
from .pages import install_pages as install_pages
from .sections import as_text as as_text
from .sections import Section as Section
from .subjects import find_subject as find_subject
from .subjects import Subject as Subject
from .subjects import UnknownSubject as UnknownSubject
from .tracing import Recorder as Recorder
from .tracing import trace as trace
from .tracing import UnknownUser as UnknownUser

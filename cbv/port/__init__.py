"""Turn a Django site of generic views into one for Flask and cbv."""

from .port import port as port_project
from .report import report as port_report
from .template import port_template as port_template

__all__ = [
    "port_project",
    "port_report",
    "port_template",
]

"""What becomes of a test whose service is not there."""

from __future__ import annotations

import os

import pytest


def missing(reason):
    """Skip a test for want of a service, or fail where services are required."""
    if os.environ.get("REQUIRE_SERVICES") == "1":
        pytest.fail(f"required service: {reason}")
    pytest.skip(reason)

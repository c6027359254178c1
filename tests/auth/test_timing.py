"""The time of a refused login tells nobody who has an account."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "logins.py"


@pytest.mark.figure
def test_known_and_unknown_names_take_the_same_time():
    """Medians of 200 logins are at most 5 % apart; see test_passwords for why."""
    spec = importlib.util.spec_from_file_location("logins", SCRIPT)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    known, unknown = script.medians(200)
    assert abs(known - unknown) <= script.ALLOWED * min(known, unknown)

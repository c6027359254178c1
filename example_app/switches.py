"""Settings that are on or off, also as texts of the environment."""

from __future__ import annotations

_OFF = ("", "0", "false", "no", "off", "none")


def is_on(value: object) -> bool:
    """Tell whether a setting is on; ``"0"``, ``"false"``, ``"off"`` say no.

    So does an empty one.
    """
    return str(value or "").strip().lower() not in _OFF

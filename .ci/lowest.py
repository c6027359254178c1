"""Print the lowest versions that setup.cfg allows, as constraints for pip."""

from __future__ import annotations

import configparser
import re

REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?\s*>=\s*([0-9.]+)")


def constraints() -> list[str]:
    """Return ``name==version`` of every requirement of the library and its extras.

    What only tests and checks need may be as new as it likes: it stands elsewhere.
    """
    settings = configparser.ConfigParser(interpolation=None)
    settings.read("setup.cfg")
    extras = settings["options.extras_require"]
    texts = [settings["options"]["install_requires"]]
    texts += extras.values()
    found = REQUIREMENT.findall("\n".join(texts))
    return sorted({f"{name}=={version}" for name, version in found})


if __name__ == "__main__":
    print("\n".join(constraints()))

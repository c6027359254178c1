"""What importing cbv costs beside the libraries that it stands on.

``python benchmarks/imports.py [--rounds 9]`` starts a new interpreter each time, by
turns with and without cbv, and prints the ratio of processor time and the difference of
memory. Bytecode is there already, as in an installed package.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
TIME, MEMORY = 1.04, 2.0

#: What an application with cbv imports in any case.
BELOW = (
    "flask",
    "flask_login",
    "wtforms",
    "flask_wtf",
    "sqlalchemy.orm",
    "typing_extensions",
)
#: Prints the processor time of the imports in seconds, and the memory in KiB.
COST = """
import resource, sys, time
names = sys.argv[1:]
start = time.process_time()
for name in names:
    __import__(name)
took = time.process_time() - start
print(took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def cost(names: tuple[str, ...], cache: str) -> tuple[float, float]:
    """Return the seconds and MiB that a new interpreter needs to import modules."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": cache}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-c", COST, *names]
    printed = subprocess.run(
        command, env=environ, check=True, capture_output=True, text=True
    ).stdout.split()
    return float(printed[0]), int(printed[1]) / 1024


def main() -> None:
    """Measure, and fail where a limit is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as cache:
        cost((*BELOW, "cbv"), cache)  # compiles what is not compiled yet
        rounds = [
            (cost(BELOW, cache), cost((*BELOW, "cbv"), cache))
            for _ in range(options.rounds)
        ]
    ratio = statistics.median(whole[0] / bare[0] for bare, whole in rounds)
    memory = statistics.median(whole[1] - bare[1] for bare, whole in rounds)
    print(f"time    {ratio:.3f} of what it stands on (goal {TIME})")
    print(f"memory  {memory:.1f} MiB more (goal {MEMORY:.0f})")
    sys.exit(ratio > TIME or memory > MEMORY)


if __name__ == "__main__":
    main()

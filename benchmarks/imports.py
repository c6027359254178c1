"""What importing cbv costs beside the libraries that it stands on.

``python benchmarks/imports.py [--rounds 25]`` starts a new interpreter each time, by
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
TIME, MEMORY = 1.03, 2.0

#: Prints the modules that cbv needs, in the order in which they were asked for.
NEEDED = """
import sys
before = set(sys.modules)
import cbv
names = [n for n in sys.modules if n not in before and n.partition(".")[0] != "cbv"]
print("\\n".join(names))
"""
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


def run(code: str, arguments: list[str], cache: str) -> str:
    """Run a program in a new interpreter and return what it prints."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": cache}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(
        command, env=environ, check=True, capture_output=True, text=True
    ).stdout


def main() -> None:
    """Measure, and fail where a limit is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=25)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as cache:
        needed = run(NEEDED, [], cache).split()
        ratios, differences = [], []
        for _ in range(options.rounds):
            bare = run(COST, needed, cache).split()
            whole = run(COST, [*needed, "cbv"], cache).split()
            ratios.append(float(whole[0]) / float(bare[0]))
            differences.append((int(whole[1]) - int(bare[1])) / 1024)
    ratio, memory = statistics.median(ratios), statistics.median(differences)
    print(f"time    {ratio:.2f} of what it stands on (goal {TIME})")
    print(f"memory  {memory:.1f} MiB more (goal {MEMORY:.0f})")
    sys.exit(ratio > TIME or memory > MEMORY)


if __name__ == "__main__":
    main()

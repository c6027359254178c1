"""Does the memory of a process grow with the requests that it answers?

``python benchmarks/memory.py [--requests 5000]`` sends the benchmark's requests in turn
to the plain cbv classes and prints what the second half added to the memory.
"""

from __future__ import annotations

import argparse
import gc
import sys
import tempfile
from pathlib import Path

from contender import Contender
from run import SCENARIOS

ALLOWED = 0.5
#: Writes rows: the database's cache would grow, not the views.
WRITES = "S10"


def memory() -> float:
    """Return the memory of this process in MiB."""
    status = Path("/proc/self/status").read_text()
    line = next(x for x in status.splitlines() if x.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def main() -> None:
    """Measure, and fail where it grows more than is allowed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=5_000)
    options = parser.parse_args()
    requests = [s.request for name, s in SCENARIOS.items() if name != WRITES]
    with tempfile.TemporaryDirectory() as folder:
        contender = Contender("by_class", f"sqlite:///{folder}/shop.db", 5_000)
        found = [memory()]
        for _ in range(2):
            for number in range(options.requests // 2):
                contender.time(requests[number % len(requests)], 1)
            gc.collect()
            found.append(memory())
    first, half, last = found
    print(f"{first:.1f} MiB at first, {half:.1f} after half, {last:.1f} after all")
    print(f"the second half added {last - half:.2f} MiB (allowed {ALLOWED})")
    sys.exit(last - half > ALLOWED)


if __name__ == "__main__":
    main()

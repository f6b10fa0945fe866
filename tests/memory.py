"""Peak memory of this process."""

from __future__ import annotations

import resource
from pathlib import Path


def peak_mib() -> int:
    """Return the most memory that this process has held, in MiB.

    The figure of `getrusage` begins with that of the process which started this one; Linux's own doesn't.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        for line in status.read_text("utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

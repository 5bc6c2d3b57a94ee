"""Run a command and print its cost as JSON: wall and CPU seconds, and the largest process's peak memory in MiB.

CPU seconds are those of the whole process tree, as the kernel accounts them. Processes that outlive their parent are
waited for here too (this process is their "subreaper"), or their time would be nobody's.
"""

import ctypes
import json
import os
import resource
import subprocess
import sys
import time

PR_SET_CHILD_SUBREAPER = 36
if ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1) != 0:
    sys.exit("this system has no subreaper: the time of some processes would be missing")

started = time.monotonic()
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=sys.stderr, check=False).returncode
wall = time.monotonic() - started
try:
    while True:
        os.wait()
except ChildProcessError:
    pass
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"code": code, "wall": wall, "cpu": used.ru_utime + used.ru_stime, "peakMiB": used.ru_maxrss / 1024}))

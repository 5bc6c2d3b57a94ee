"""Run a command and print its cost as JSON: wall and CPU seconds, and the largest process's peak memory in MiB.

CPU seconds are those of the whole process tree that the command has waited for, as the kernel accounts them.
"""

import json
import resource
import subprocess
import sys
import time

started = time.monotonic()
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=sys.stderr, check=False).returncode
wall = time.monotonic() - started
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"code": code, "wall": wall, "cpu": used.ru_utime + used.ru_stime, "peakMiB": used.ru_maxrss / 1024}))

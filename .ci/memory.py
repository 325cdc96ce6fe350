"""Runs a program, says how long it took and how much memory it held at most, and fails if that was too much.

    memory.py MEBIBYTES PROGRAM ARGUMENT...
"""

import resource
import subprocess
import sys
import time

limit, words = int(sys.argv[1]), sys.argv[2:]
start = time.monotonic()
subprocess.run(words)
seconds = time.monotonic() - start
held = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
print(f"{seconds:.0f} s, {held} MiB at most")
sys.exit(held > limit)

"""The script that Glue runs; the rest comes as an archive of `jobs/history` and `schemas`."""

import sys

from jobs.history.command import main

if __name__ == "__main__":
    main(sys.argv[1:])

"""Runs the script of a job as its main program: `bootstrap.py FAILURE SCRIPT ARGUMENT...`, in the Spark interpreter.

The script sees what it would see without this. An exception that it leaves, or an exit code other than 0, is written
to the file FAILURE, the message first, so that the run's ErrorMessage need not be guessed from the logs.
"""

from __future__ import annotations

import runpy
import sys
import traceback
from pathlib import Path


def main(failure: Path, script: str, arguments: list[str]) -> None:
    """Run the script and re-raise what it raises."""
    sys.argv = [script, *arguments]
    sys.path[0] = str(Path(script).parent)
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as error:
        if error.code not in (None, 0):
            _describe(failure, error)
        raise
    except BaseException as error:
        _describe(failure, error)
        raise


def _describe(failure: Path, error: BaseException) -> None:
    message = "".join(traceback.format_exception_only(type(error), error)).strip()
    failure.write_text(f"{message}\n\n{traceback.format_exc()}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])

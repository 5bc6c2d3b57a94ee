"""A Node worker marks the end of an invocation's log, so that none waits for lines that may come, and none loses one.

The emulator waits 50 ms after each invocation for log lines and takes those that have come by then.
"""

from __future__ import annotations

import queue
import time
from typing import Any

from ministack.core import lambda_runtime

#: Ends the log of one invocation; a NUL keeps it from being a line of a function's own.
_MARK = "\x00end-of-invocation"
#: Longest wait for the mark, in seconds: a worker that died writes none.
_PATIENCE = 0.5

_answers = (
    '_realStdoutWrite(JSON.stringify({ status: "ok"',
    '_realStdoutWrite(JSON.stringify({\n            status: "error"',
    '_realStdoutWrite(JSON.stringify({\n        status: "error", error: e.message, trace',
)
_original_drain = lambda_runtime.Worker._drain_stderr_bounded


def install() -> None:
    """Teach the Node worker to mark the end, and the reader to wait for the mark.

    Raises RuntimeError if the worker's script is not the one that this was written for.
    """
    script = lambda_runtime._NODEJS_WORKER_SCRIPT
    if not all(answer in script for answer in _answers):
        raise RuntimeError("the emulator's Node worker is not the one that the extension was written for")
    mark = 'process.stderr.write("\\u0000end-of-invocation\\n"); '
    for answer in _answers:
        script = script.replace(answer, mark + answer)
    lambda_runtime._NODEJS_WORKER_SCRIPT = script
    lambda_runtime.Worker._drain_stderr_bounded = _drain  # ty: ignore[invalid-assignment]


def _drain(worker: Any, *args: float, **named: float) -> str:
    if not worker.config.get("Runtime", "").startswith("nodejs"):
        return _original_drain(worker, *args, **named)
    lines: list[str] = []
    end = time.monotonic() + _PATIENCE
    while (left := end - time.monotonic()) > 0:
        try:
            line = worker._stderr_queue.get(timeout=left)
        except queue.Empty:
            break
        if _MARK in line:
            break
        lines.append(line)
    return "\n".join(lines)

"""An execution environment of a Node function: one process, which serves one invocation at a time."""

from __future__ import annotations

import datetime as dt
import os
import socket
import subprocess
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

from ministack.core import lambda_runtime

from seaworthy_cloud.lambdas.channel import Channel, ChannelClosed
from seaworthy_cloud.lambdas.environment import function_environment
from seaworthy_cloud.lambdas.package import unpack, unpack_layers
from seaworthy_cloud.settings import read_settings

_RUNTIME = Path(__file__).with_name("runtime.cjs")
_INIT_SECONDS = 10.0
"""AWS's limit of the init phase. If it does not suffice, the function's own time is added, as AWS does."""
_TRACE_ID = "_X_AMZN_TRACE_ID"


class _Process(subprocess.Popen[bytes]):
    """A process that is told to end by being killed: an environment without extensions gets no signal on AWS."""

    def terminate(self) -> None:
        """Kill it."""
        self.kill()


class NodeWorker(lambda_runtime.Worker):
    """Takes the place of the emulator's worker, for the Node runtimes."""

    log_stream = ""
    """The log stream of the process that runs now."""
    init_ms = 0.0
    _channel: Channel | None = None
    _proc: _Process | None

    def invoke(
        self,
        event: Any,
        request_id: str,
        *,
        trace_id: str | None = None,
        depth: int | None = None,
        durable: dict[str, str] | None = None,
        invoked_function_arn: str | None = None,
    ) -> dict[str, Any]:
        """Run the handler once.

        Returns:
            `status` "ok" with the `result`, or "error" with `error` (AWS's errorType, errorMessage, trace); with both
            the `log` and whether it was a `cold_start`.
        """
        with self._lock:
            cold = self._proc is None or self._proc.poll() is not None
            timeout = float(self.config.get("Timeout") or 3)
            started = None
            try:
                if cold:
                    self._spawn()
                started = time.monotonic()
                answer = self._running().ask(
                    {
                        "event": event,
                        "requestId": request_id,
                        "invokedFunctionArn": invoked_function_arn or self.config.get("FunctionArn", ""),
                        "deadline": int((time.time() + timeout) * 1000),
                        "environment": {
                            _TRACE_ID: trace_id,
                            **{name: (durable or {}).get(name) for name in lambda_runtime.DURABLE_ENV_VARS},
                        },
                    },
                    started + timeout,
                )
            except TimeoutError:
                return self._failed(_timed_out(request_id, timeout), cold)
            except ChannelClosed:
                return self._failed(self._exited(request_id), cold)
            except InitFailed as failure:
                return self._failed(failure.error, cold)
            if "error" in answer:
                return {"status": "error", "error": answer["error"], "cold_start": cold, "log": self._take_log()}
            return {"status": "ok", "result": answer["result"], "cold_start": cold, "log": self._take_log()}

    def peak_memory(self) -> int:
        """The most memory that the process has used, in MiB; 0 if it has ended."""
        if self._proc is None:
            return 0
        try:
            status = Path(f"/proc/{self._proc.pid}/status").read_text()
        except OSError:
            return 0
        kibibytes = next((line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")), "0")
        return int(kibibytes) // 1024

    def _spawn(self) -> None:
        """Start the process and wait for its init phase. Raises InitFailed, or TimeoutError."""
        started = time.monotonic()
        self._end()
        super()._discard_tmpdir()
        self._tmpdir = tempfile.mkdtemp(prefix=f"lambda-{self.func_name[:40]}-")
        code = Path(self._tmpdir) / "code"
        unpack(self.code_zip, code)
        layers = unpack_layers(self.config, Path(self._tmpdir) / "layers")
        self.log_stream = _log_stream(self.config)
        ours, theirs = socket.socketpair()
        output, written = os.pipe()
        with theirs:
            try:
                self._proc = _Process(
                    [read_settings().node, str(_RUNTIME), str(theirs.fileno())],
                    cwd=code,
                    env=function_environment(self.config, code, layers, self.log_stream),
                    stdin=subprocess.DEVNULL,
                    stdout=written,
                    stderr=written,
                    pass_fds=[theirs.fileno()],
                )
            finally:
                os.close(written)
        self._channel = Channel(ours, output)
        self._cold = False
        self._start_time = time.time()
        answer = self._channel.receive(started + _INIT_SECONDS + float(self.config.get("Timeout") or 3))
        if "error" in answer:
            raise InitFailed(answer["error"])
        self.init_ms = (time.monotonic() - started) * 1000

    def _running(self) -> Channel:
        if self._channel is None:
            raise ChannelClosed
        return self._channel

    def _take_log(self) -> str:
        return self._channel.take_log() if self._channel else ""

    def _failed(self, error: dict[str, Any], cold: bool) -> dict[str, Any]:
        """The result of an invocation after which the process can't be used again."""
        log = self._take_log()
        self._end()
        return {"status": "error", "error": error, "cold_start": cold, "log": log}

    def _exited(self, request_id: str) -> dict[str, Any]:
        code = self._proc.wait() if self._proc else 0
        how = f"signal: {-code}" if code < 0 else f"exit status {code}"
        reason = f"Runtime exited with error: {how}" if code else "Runtime exited without providing a reason"
        return {"errorType": "Runtime.ExitError", "errorMessage": f"RequestId: {request_id} Error: {reason}"}

    def _end(self) -> None:
        process, self._proc = self._proc, None
        if process is not None:
            process.kill()
            process.wait()
        channel, self._channel = self._channel, None
        if channel is not None:
            channel.close()

    def _discard_tmpdir(self) -> None:
        """Called by the emulator when it has ended the process; an invocation under way learns of that first."""
        with self._lock:
            self._end()
            super()._discard_tmpdir()


class InitFailed(Exception):
    """The module could not be loaded, or has no such handler."""

    def __init__(self, error: dict[str, Any]) -> None:
        """`error` is AWS's errorType, errorMessage and trace."""
        super().__init__(error["errorMessage"])
        self.error = error


def _timed_out(request_id: str, timeout: float) -> dict[str, Any]:
    message = f"RequestId: {request_id} Error: Task timed out after {timeout:.2f} seconds"
    return {"errorType": "Sandbox.Timedout", "errorMessage": message}


def _log_stream(configuration: dict[str, Any]) -> str:
    today = dt.datetime.now(dt.UTC)
    return f"{today:%Y/%m/%d}/[{configuration.get('Version', '$LATEST')}]{uuid.uuid4().hex}"

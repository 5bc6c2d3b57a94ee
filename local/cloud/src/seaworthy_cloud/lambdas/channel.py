"""The exchange with a runtime process: messages over a socket, the function's output through a pipe."""

from __future__ import annotations

import json
import os
import select
import socket
import time
from typing import Any

_CHUNK = 1 << 18


class ChannelClosed(Exception):
    """The process ended without an answer."""


class Channel:
    """Both ends' view of one process. Reading never blocks longer than the deadline allows."""

    def __init__(self, messages: socket.socket, output: int) -> None:
        """Take over a connected socket and the reading end of a pipe."""
        self._messages = messages
        self._messages.setblocking(False)
        self._output = output
        os.set_blocking(output, False)
        self._received = bytearray()
        self._log = bytearray()

    def ask(self, message: dict[str, Any], deadline: float) -> dict[str, Any]:
        """Send a message and return the answer.

        Raises TimeoutError when there is none by the deadline, of the monotonic clock, and ChannelClosed when the
        process has ended.
        """
        return self.receive(deadline, memoryview(json.dumps(message).encode() + b"\n"))

    def receive(self, deadline: float, unsent: memoryview | None = None) -> dict[str, Any]:
        """Return the next message, after what is unsent has gone out."""
        poll = select.poll()
        poll.register(self._output, select.POLLIN)
        poll.register(self._messages, select.POLLIN | (select.POLLOUT if unsent else 0))
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            for descriptor, events in poll.poll(left * 1000):
                if descriptor == self._output:
                    if not self._read_output():
                        poll.unregister(self._output)
                    continue
                if events & select.POLLOUT and unsent:
                    unsent = self._send(unsent)
                    if not unsent:
                        poll.modify(self._messages, select.POLLIN)
                if events & (select.POLLIN | select.POLLHUP | select.POLLERR):
                    line = self._read_message()
                    if line is not None:
                        return json.loads(line)

    def take_log(self) -> str:
        """What the process has written since the last call."""
        while self._read_output():
            pass
        text = self._log.decode(errors="replace")
        self._log.clear()
        return text

    def close(self) -> None:
        """Close both; the process, which waits for the next message, ends."""
        self._messages.close()
        os.close(self._output)

    def _send(self, unsent: memoryview) -> memoryview:
        try:
            return unsent[self._messages.send(unsent[:_CHUNK]) :]
        except BlockingIOError:
            return unsent
        except OSError as error:
            raise ChannelClosed from error

    def _read_message(self) -> bytes | None:
        """The next whole line, if it has come."""
        try:
            chunk = self._messages.recv(_CHUNK)
        except BlockingIOError:
            return None
        except OSError as error:
            raise ChannelClosed from error
        if not chunk:
            raise ChannelClosed
        self._received += chunk
        if b"\n" not in chunk:
            return None
        line, _, rest = self._received.partition(b"\n")
        self._received = rest
        return bytes(line)

    def _read_output(self) -> bool:
        """Take what is there of the output; False when there is nothing, or no more to come."""
        try:
            chunk = os.read(self._output, _CHUNK)
        except OSError:
            return False
        self._log += chunk
        return bool(chunk)

"""How long requests may wait for what is still to come of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from typing import Any, TypeVar

#: Time between two looks at what waits, in seconds; so late a wait may end.
LOOK_SECONDS = 0.05

Waited = TypeVar("Waited")


class Patience:
    """Ends the waits whose time is up, by one look at all of them: a timer for each would cost a tenth of a request."""

    def __init__(self) -> None:
        """Begin with nobody waiting."""
        self._until: dict[asyncio.Task[Any], float] = {}

    async def wait(self, until: float, awaited: Awaitable[Waited]) -> Waited:
        """Wait for something until a time of ``time.perf_counter``; a task waits for one thing at a time.

        Raises:
            TimeoutError: if it did not come in time.
        """
        task = asyncio.current_task()
        assert task is not None
        self._until[task] = until
        try:
            return await awaited
        except asyncio.CancelledError as error:
            # Still there: another than `watch` has cancelled the task. Or both have.
            if task in self._until or task.uncancel() > 0:
                raise
            raise TimeoutError from error
        finally:
            self._until.pop(task, None)

    async def watch(self) -> None:
        """End waits, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            now = time.perf_counter()
            for task in [task for task, until in self._until.items() if until <= now]:
                del self._until[task]
                task.cancel()

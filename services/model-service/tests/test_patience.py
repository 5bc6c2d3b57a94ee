from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from model_service.patience import LOOK_SECONDS, Patience


def watched(scenario: Callable[[Patience], Awaitable[None]]) -> None:
    """Run a scenario while somebody looks after those who wait."""

    async def run() -> None:
        patience = Patience()
        watching = asyncio.create_task(patience.watch())
        await scenario(patience)
        watching.cancel()

    asyncio.run(run())


def test_a_wait_ends_when_its_time_is_up_and_the_task_goes_on() -> None:
    async def scenario(patience: Patience) -> None:
        with pytest.raises(TimeoutError):
            await patience.wait(time.perf_counter(), asyncio.Event().wait())
        assert await asyncio.sleep(0, "goes on") == "goes on"

    watched(scenario)


def test_what_comes_in_time_is_handed_on_and_its_task_is_left_alone() -> None:
    async def scenario(patience: Patience) -> None:
        assert await patience.wait(time.perf_counter(), asyncio.sleep(0, "came")) == "came"
        await asyncio.sleep(3 * LOOK_SECONDS)

    watched(scenario)


def test_what_goes_wrong_meanwhile_is_raised_as_it_is() -> None:
    async def fails() -> None:
        raise ConnectionError

    async def scenario(patience: Patience) -> None:
        with pytest.raises(ConnectionError):
            await patience.wait(time.perf_counter() + 60, fails())

    watched(scenario)


def test_a_task_that_somebody_else_cancels_is_cancelled() -> None:
    async def scenario(patience: Patience) -> None:
        task = asyncio.create_task(patience.wait(time.perf_counter() + 60, asyncio.Event().wait()))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    watched(scenario)

"""Keeps the champion loaded, and follows the registry when another version is promoted."""

from __future__ import annotations

import asyncio
import logging

from prometheus_client import Counter, Gauge

from model_service.logs import describe, log
from model_service.model import Model
from model_service.registry import Pointer, Registry

SWAPS = Counter("model_swaps_total", "Versions that became the one served")
LOAD_FAILURES = Counter("model_load_failures_total", "Attempts to load the champion that failed")
REGISTRY_FAILURES = Counter(
    "model_registry_failures_total", "Attempts to read which version is the champion that failed"
)
LOADED = Gauge("model_loaded", "1 for the version that is served", ["version"])


class Serving:
    """The model that is served now. A version that can't be loaded never replaces one that can."""

    def __init__(self, registry: Registry) -> None:
        """Begin without a model."""
        self.model: Model | None = None
        #: Whether the last look at the registry failed: then no model doesn't mean that none was promoted.
        self.failing = False
        self._registry = registry
        self._served: Pointer | None = None

    async def follow(self, seconds: float) -> None:
        """Look for a new champion every so many seconds, until cancelled."""
        while True:
            await asyncio.sleep(seconds)
            await self.refresh()

    async def refresh(self) -> None:
        """Serve the champion, if it is another one than before and can be loaded."""
        try:
            champion = await asyncio.to_thread(self._registry.champion)
        except Exception as error:  # Whatever it is, what is served goes on being served.
            self.failing = True
            REGISTRY_FAILURES.inc()
            log(logging.ERROR, "champion not known", error=describe(error))
            return
        if champion is not None and champion != self._served:
            await self._replace(champion)
            return
        self.failing = False

    async def _replace(self, champion: Pointer) -> None:
        try:
            self.model = await asyncio.to_thread(Model.load, self._registry, champion)
        except Exception as error:  # Tried again at the next look: the registry may have failed, not the version.
            self.failing = True
            LOAD_FAILURES.inc()
            log(logging.ERROR, "champion not loaded", version=champion.version, error=describe(error))
            return
        self._served, self.failing = champion, False
        SWAPS.inc()
        LOADED.clear()
        LOADED.labels(champion.version).set(1)
        log(logging.INFO, "champion served", version=champion.version)

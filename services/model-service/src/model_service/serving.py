"""Keeps the champion loaded, and follows the registry when another version is promoted."""

from __future__ import annotations

import asyncio
import json
import sys

from prometheus_client import Counter, Gauge

from model_service.model import Model
from model_service.registry import Champion, Registry

SWAPS = Counter("model_swaps_total", "Versions that became the one served")
LOAD_FAILURES = Counter("model_load_failures_total", "Versions that were promoted and could not be loaded")
LOADED = Gauge("model_loaded", "1 for the version that is served", ["version"])


def log(message: str, **fields: str) -> None:
    """Write one line of structured log."""
    print(json.dumps({"message": message, **fields}), file=sys.stdout, flush=True)


class Serving:
    """The model that is served now. A version that can't be loaded never replaces one that can."""

    def __init__(self, registry: Registry) -> None:
        """Begin without a model."""
        self.model: Model | None = None
        #: The champion that could not be loaded, if any.
        self.failed: Champion | None = None
        self._registry = registry
        self._seen: Champion | None = None

    async def follow(self, seconds: float) -> None:
        """Look for a new champion every so many seconds, until cancelled."""
        while True:
            await self.refresh()
            await asyncio.sleep(seconds)

    async def refresh(self) -> None:
        """Serve the champion, if it is another one than before and can be loaded."""
        try:
            champion = await asyncio.to_thread(self._registry.champion)
        except Exception as error:  # The registry is out of reach: what is served goes on being served.
            log("registry not reached", error=f"{type(error).__name__}: {error}")
            return
        # A version that could not be loaded is tried again: S3 may have failed, not the version.
        if champion is None or (champion == self._seen and self.failed is None):
            return
        try:
            self.model = await asyncio.to_thread(self._load, champion)
        except Exception as error:
            self.failed = champion
            LOAD_FAILURES.inc()
            log("champion not loaded", version=champion.version, error=f"{type(error).__name__}: {error}")
            return
        self._seen, self.failed = champion, None
        SWAPS.inc()
        LOADED.clear()
        LOADED.labels(champion.version).set(1)
        log("champion served", version=champion.version)

    def _load(self, champion: Champion) -> Model:
        return Model.load(self._registry, self._registry.manifest(champion))

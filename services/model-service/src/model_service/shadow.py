"""Scores by a challenger beside the champion's: compared and counted, and never answered to anybody.

What is compared leaves the service as metrics by the minute: on ``/metrics``, and as a line of the log in CloudWatch's
embedded metric format, from which CloudWatch makes metrics of its own. No line holds a value of a request.
"""

from __future__ import annotations

import asyncio
import logging
import time

from prometheus_client import Counter, Histogram

from model_service.logs import describe, log, log_metrics
from model_service.messages import ScoreResponse
from model_service.model import Model
from model_service.registry import Pointer, Registry

SCORED = Counter("shadow_scores_total", "Requests that the challenger has scored too")
FAILED = Counter("shadow_failures_total", "Requests that the challenger could not score")
FLIPPED = Counter("shadow_flips_total", "Scores that fall on the other side of the caller's threshold")
DIFFERENCE = Histogram(
    "shadow_difference", "How far the two probabilities are apart", buckets=(0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
)
REPORT_SECONDS = 60.0


class Shadow:
    """The challenger, if there is one. Nothing that goes wrong with it reaches a caller or the health check."""

    def __init__(self, registry: Registry) -> None:
        """Begin without a challenger."""
        self.model: Model | None = None
        self._registry = registry
        self._taken: Pointer | None = None
        self._begin()

    async def follow(self, seconds: float) -> None:
        """Look for another challenger every so many seconds, and report by the minute, until cancelled."""
        while True:
            await asyncio.sleep(seconds)
            await self.refresh()
            if time.monotonic() - self._since >= REPORT_SECONDS:
                self.report()

    async def refresh(self) -> None:
        """Take the registry's challenger; without one, or with one that can't be loaded, compare nothing."""
        try:
            pointer = await asyncio.to_thread(self._registry.challenger)
            if pointer == self._taken:
                return
            self.report()
            self.model = None
            if pointer is not None:
                self.model = await asyncio.to_thread(Model.load, self._registry, pointer)
                log(logging.INFO, "challenger scores beside the champion", version=pointer.version)
            self._taken = pointer
        except Exception as error:  # The champion goes on alone.
            log(logging.ERROR, "challenger not loaded", error=describe(error))

    def compare(self, body: bytes, champion: ScoreResponse) -> None:
        """Score the request that the champion has scored, after its answer has left."""
        if self.model is None:
            return
        try:
            row, threshold = self.model.read(body)
            other = self.model.probability(row)
        except Exception:  # It may know other features; the champion's caller is not to suffer for it.
            FAILED.inc()
            self._failures += 1
            return
        probability = champion.probability
        flipped = (other >= threshold) != (probability >= threshold)
        SCORED.inc()
        DIFFERENCE.observe(abs(other - probability))
        if flipped:
            FLIPPED.inc()
        self._champion = champion.modelVersion
        self._scores += 1
        self._flips += flipped
        self._sums = (self._sums[0] + probability, self._sums[1] + other, self._sums[2] + abs(other - probability))

    def report(self) -> None:
        """Write what was compared since the last report, if anything was."""
        if self.model is not None and self._scores + self._failures:
            scores = max(self._scores, 1)
            means = zip(("MeanChampion", "MeanChallenger", "MeanDifference"), self._sums, strict=True)
            log_metrics(
                {"champion": self._champion, "challenger": self.model.version},
                {
                    "ShadowScores": self._scores,
                    "ShadowFlips": self._flips,
                    "ShadowFailures": self._failures,
                    **{name: round(total / scores, 6) for name, total in means},
                },
            )
        self._begin()

    def _begin(self) -> None:
        self._since = time.monotonic()
        self._champion = ""
        self._scores = self._flips = self._failures = 0
        self._sums = (0.0, 0.0, 0.0)

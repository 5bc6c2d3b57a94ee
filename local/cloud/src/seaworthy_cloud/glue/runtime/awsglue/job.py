"""A job's bookmarks, by AWS's names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Job:
    """Begins and commits a job: without bookmarks, and a run that wants them is refused, there is nothing to do."""

    def __init__(self, glue_context: Any) -> None:
        """Take the context that AWS asks for."""

    def init(self, name: str, args: Mapping[str, str] | None = None) -> None:
        """Begin the job."""

    def commit(self) -> None:
        """End the job."""

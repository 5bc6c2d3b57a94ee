"""A job's bookmarks, by AWS's names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_BOOKMARKS = "job-bookmark-enable"


class Job:
    """Begins and commits a job; without bookmarks, which are not there here, both have nothing to do on AWS either."""

    def __init__(self, glue_context: Any) -> None:
        """Take the context that AWS asks for."""
        self._context = glue_context

    def init(self, name: str, args: Mapping[str, str] | None = None) -> None:
        """Begin; raises NotImplementedError when the job's bookmarks are on."""
        if (args or {}).get("job-bookmark-option") == _BOOKMARKS:
            raise NotImplementedError(f"job {name!r} uses bookmarks, which this Glue has not: keep track in the script")

    def commit(self) -> None:
        """End the job."""

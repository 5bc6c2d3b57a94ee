"""The container's health check: exit code 0 if ``/health`` answers 200."""

from __future__ import annotations

import os
import sys
from http.client import HTTPConnection


def main() -> int:
    """Ask the service on this machine."""
    connection = HTTPConnection(os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8080")), timeout=4)
    try:
        connection.request("GET", "/health")
        return 0 if connection.getresponse().status == 200 else 1
    except OSError:
        return 1


if __name__ == "__main__":
    sys.exit(main())

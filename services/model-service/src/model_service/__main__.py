"""Starts the service: ``python -m model_service``.

Environment: ``MODEL_REGISTRY`` and ``MODEL_SIGNING_KEY`` (required), ``HOST``, ``PORT`` and ``MODEL_POLL_SECONDS``. On
SIGTERM requests in flight are finished, new ones are not taken, and the process ends with 0.
"""

from __future__ import annotations

import os
import signal
import sys

import uvicorn

from model_service.application import Application
from model_service.logs import configure
from model_service.registry import Registry, RegistryError
from model_service.serving import Serving
from model_service.shadow import Shadow
from model_service.signature import SigningKey


def main() -> int:
    """Serve until told to stop. Returns the exit code: 2 if the environment can't be used."""
    configure()
    try:
        registry = Registry(os.environ.get("MODEL_REGISTRY", ""), SigningKey(os.environ.get("MODEL_SIGNING_KEY", "")))
        port = int(os.environ.get("PORT", "8080"))
        poll_seconds = float(os.environ.get("MODEL_POLL_SECONDS", "5"))
    except (RegistryError, ValueError) as error:
        print(f"model service: {error}", file=sys.stderr)
        return 2
    # Before the server runs this ends the process. The server finishes its requests first, and then raises the signal
    # again for whoever handled it before.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    uvicorn.run(
        Application(Serving(registry), Shadow(registry), poll_seconds),
        host=os.environ.get("HOST", "0.0.0.0"),
        port=port,
        log_config=None,
        log_level="warning",
        access_log=False,
        # Nobody needs these, and each request would pay for them.
        proxy_headers=False,
        server_header=False,
        date_header=False,
        ws="none",
        timeout_graceful_shutdown=25,
        # Longer than the load balancer keeps an idle connection, so that never the service closes one in use.
        timeout_keep_alive=75,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())

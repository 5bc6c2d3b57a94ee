"""What the starter tells the embedded cloud through its environment."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


class SettingsError(RuntimeError):
    """A required environment variable is missing or wrong; the message says which and what to set."""


@dataclass(frozen=True)
class Settings:
    """Where the embedded cloud listens, keeps its state and finds the tools its functions and tasks run with."""

    port: int
    """TCP port of the emulator's endpoint, on 127.0.0.1."""
    state: Path
    """Folder of everything that is written: state, task logs, images.json, temporary files."""
    node: str
    """Path of the Node executable that runs functions."""
    node_modules: Path | None
    """Folder whose node_modules holds the AWS SDK clients that AWS's Node runtime would bring."""

    region: str
    """Region of what runs without a request, such as pollers."""

    @property
    def endpoint(self) -> str:
        """URL that AWS clients use as their endpoint."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def images(self) -> Path:
        """JSON file in which docker-shim.mjs records the images that the CDK has built."""
        return self.state / "images.json"


def read_settings() -> Settings:
    """Read the settings from the environment; raises SettingsError naming the variable at fault."""
    port = os.environ.get("GATEWAY_PORT", "4566")
    if not port.isdigit():
        raise SettingsError(f"GATEWAY_PORT is {port!r}: set it to a port number, for example 4566")
    state = os.environ.get("SEAWORTHY_STATE")
    if not state:
        raise SettingsError("SEAWORTHY_STATE is not set: set it to the folder for the embedded cloud's state")
    modules = os.environ.get("SEAWORTHY_NODE_MODULES")
    return Settings(
        port=int(port),
        state=Path(state).resolve(),
        node=os.environ.get("SEAWORTHY_NODE", "node"),
        node_modules=Path(modules).resolve() if modules else None,
        region=os.environ.get("AWS_REGION", "eu-west-2"),
    )

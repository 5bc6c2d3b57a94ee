"""Where models are kept: immutable versions, and a pointer to the champion.

A registry is a folder or a prefix in S3: ``<registry>/<version>/<file>`` and ``<registry>/champion.json``.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

import msgspec

from trainer.store import Store


def register(registry: Store, files: dict[str, bytes], manifest: dict[str, Any]) -> str:
    """Write a version's files, and its manifest last, so that a version with a manifest is whole.

    Its name follows from the content of its files and of its manifest. Registering the same again changes nothing:
    a new manifest would not be the one that a champion was promoted with.

    Returns:
        The version's name.
    """
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}
    content = {"schemaVersion": 1, "files": digests, **manifest}
    version = "v" + hashlib.sha256(msgspec.json.encode(content)).hexdigest()[:12]
    for name, file in files.items():
        registry.write(f"{version}/{name}", file)
    registry.write_once(
        f"{version}/manifest.json", msgspec.json.encode({"version": version, "createdAt": _now(), **content})
    )
    return version


def promote(registry: Store, version: str) -> None:
    """Make a version the champion, the one that is served."""
    manifest = hashlib.sha256(registry.read(f"{version}/manifest.json")).hexdigest()
    champion = {"version": version, "manifestSha256": manifest, "promotedAt": _now()}
    registry.write("champion.json", msgspec.json.encode(champion))


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

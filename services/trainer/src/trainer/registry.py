"""Where models are kept: immutable versions, and a pointer to the champion.

A registry is a folder or a prefix in S3: ``<registry>/<version>/<file>`` and ``<registry>/champion.json``.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

import msgspec

from trainer.card import card, card_text
from trainer.signing import sign
from trainer.store import Store


class Version(msgspec.Struct, frozen=True):
    """A registered version."""

    name: str
    #: SHA-256 of its manifest, which holds that of every file.
    manifest_sha256: str


class Champion(msgspec.Struct):
    """The pointer that the service follows."""

    version: str
    manifestSha256: str
    promotedAt: str
    #: Grows by one with every change of champion.
    sequence: int = 0


def register(
    registry: Store,
    files: dict[str, bytes],
    manifest: dict[str, Any],
    assessment: dict[str, Any] | None,
    signing_key: str | None,
) -> Version:
    """Write a version's files, and its manifest and signature last, so that a version with those is whole.

    Its name follows from the content of its files and of its manifest. Registering the same again changes nothing:
    a new manifest would not be the one that a champion was promoted with. The assessment is not part of the name: it
    compares with whatever champion there was.

    Args:
        registry: where to.
        files: of the model, by name.
        manifest: what the model was made of.
        assessment: what it is worth, for its card.
        signing_key: key that signs the manifest, and by the digests in it every file; None leaves it unsigned.
    """
    digests = {name: _digest(content) for name, content in sorted(files.items())}
    content = {"schemaVersion": 1, "files": digests, **manifest}
    name = "v" + _digest(msgspec.json.encode(content))[:12]
    registered = registry.read_if_there(f"{name}/manifest.json")
    if registered is None:
        about = card(manifest, assessment)
        cards = {"card.json": msgspec.json.encode(about), "card.md": card_text(about).encode()}
        for file, each in {**files, **cards}.items():
            registry.write(f"{name}/{file}", each)
        whole = {**content, "files": {**digests, **{file: _digest(each) for file, each in cards.items()}}}
        registry.write_once(
            f"{name}/manifest.json", msgspec.json.encode({"version": name, "createdAt": _now(), **whole})
        )
        registered = registry.read(f"{name}/manifest.json")
    if signing_key is not None:
        registry.write(f"{name}/manifest.sig", sign(signing_key, registered))
    return Version(name, _digest(registered))


def champion_of(registry: Store) -> str | None:
    """The version that the service serves; None before the first promotion."""
    content = registry.read_if_there("champion.json")
    return None if content is None else msgspec.json.decode(content, type=Champion).version


def point_to(registry: Store, version: str, manifest_sha256: str, sequence: int) -> None:
    """Let the service serve a version, unless a later change than this one has been written already."""
    before = registry.read_if_there("champion.json")
    if before is not None and msgspec.json.decode(before, type=Champion).sequence > sequence:
        return
    registry.write("champion.json", msgspec.json.encode(Champion(version, manifest_sha256, _now(), sequence)))


def point_to_challenger(registry: Store, version: str, manifest_sha256: str) -> None:
    """Let the service score a version beside the champion, in the place of any other challenger."""
    registry.write("challenger.json", msgspec.json.encode(Champion(version, manifest_sha256, _now())))


def end_challenge(registry: Store, version: str) -> None:
    """Let the service no longer score a version beside the champion, if it does."""
    content = registry.read_if_there("challenger.json")
    challenger = None if content is None else msgspec.json.decode(content, type=Champion | None)
    if challenger is not None and challenger.version == version:
        registry.write("challenger.json", b"null")


def promote(registry: Store, version: str) -> None:
    """Make a version the champion of a registry that has no stages, such as one in a folder."""
    point_to(registry, version, _digest(registry.read(f"{version}/manifest.json")), 0)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

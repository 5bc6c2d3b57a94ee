"""What a version was made of, so that it can be made again: data, code, environment, seed and parent."""

from __future__ import annotations

import hashlib
from importlib import metadata
from pathlib import Path

import msgspec
from packaging.requirements import Requirement

PACKAGE = "seaworthy-trainer"


class Lineage(msgspec.Struct, omit_defaults=True):
    """Everything that the content of a version follows from."""

    #: Id of the snapshot of the history, or ``sha256:`` and the digest of the file.
    dataSnapshot: str
    #: SHA-256 over the sources of the trainer.
    codeSha256: str
    #: SHA-256 over names and versions of all packages that the trainer needs, as they were installed.
    environmentSha256: str
    seed: int
    #: The version that this one was trained from, where it was.
    parent: str | None = None


def lineage(data_snapshot: str, seed: int, parent: str | None = None) -> Lineage:
    """The lineage of what this process makes."""
    return Lineage(data_snapshot, code_digest(), environment_digest(), seed, parent)


def code_digest() -> str:
    """SHA-256 over the sources of the trainer, by name and content."""
    folder = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(f"{path.relative_to(folder)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def environment_digest() -> str:
    """SHA-256 over the packages that are installed here and that the trainer needs, directly or through others.

    The lock file says what should be installed. This is what is, whichever way it came there; tools of development,
    which the image has not, don't count.
    """
    lines = [f"{name}=={metadata.version(name)}" for name in sorted(_needed())]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _needed() -> set[str]:
    found: set[str] = set()
    open_names = [PACKAGE]
    while open_names:
        name = open_names.pop()
        for text in metadata.requires(name) or []:
            requirement = Requirement(text)
            wanted = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
            key = requirement.name.lower().replace("_", "-")
            if wanted and key not in found and _is_installed(key):
                found.add(key)
                open_names.append(key)
    return found


def _is_installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True

"""Reads the model registry: ``<registry>/champion.json`` and ``<registry>/<version>/<file>``, on S3 or in a folder."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from model_service.signature import SigningKey


class RegistryError(Exception):
    """What the registry holds can't be served."""


class Pointer(msgspec.Struct):
    """Which version is the champion, or the challenger."""

    version: str
    manifestSha256: str


class Encoding(msgspec.Struct):
    """How a feature's values become the model's numbers."""

    name: str
    type: Literal["number", "flag", "category"]
    categories: dict[str, float] | None = None


class Manifest(msgspec.Struct):
    """What a version is made of."""

    version: str
    schemaVersion: int
    encodings: list[Encoding]
    #: SHA-256 of each file, in hexadecimal.
    files: dict[str, str]


class Registry:
    """Read access to a registry at ``s3://bucket/prefix`` or ``file:///folder``."""

    def __init__(self, address: str, key: SigningKey) -> None:
        """Open it; nothing is read yet. What the key has not signed is refused."""
        self._key = key
        parts = urlsplit(address)
        if parts.scheme not in ("s3", "file"):
            raise RegistryError(f"MODEL_REGISTRY is {address!r}: set it to s3://bucket/prefix or file:///folder")
        self._folder = Path(parts.path)
        self._bucket, self._prefix = parts.netloc, parts.path.strip("/")
        self._s3: Any = None
        if parts.scheme == "s3":
            # Imported only where it is used: it takes longer than everything else at start-up.
            import boto3
            from botocore.config import Config

            config = Config(connect_timeout=3, read_timeout=10, retries={"max_attempts": 3})
            self._s3 = boto3.client("s3", config=config)

    def champion(self) -> Pointer | None:
        """The version to serve, or None if none was promoted yet."""
        return self._pointer("champion.json")

    def challenger(self) -> Pointer | None:
        """The version to score beside the champion, or None if there is none."""
        return self._pointer("challenger.json")

    def _pointer(self, name: str) -> Pointer | None:
        content = self._read(name)
        return None if content is None else msgspec.json.decode(content, type=Pointer | None)

    def manifest(self, pointed: Pointer) -> Manifest:
        """A version's manifest, which must be the one that was promoted or chosen to challenge."""
        content = self._verified(f"{pointed.version}/manifest.json", pointed.manifestSha256)
        signature = self._read(f"{pointed.version}/manifest.sig")
        if signature is None or not self._key.has_signed(content, signature):
            state = "is not signed" if signature is None else "is not signed by the registry's key"
            raise RegistryError(f"{pointed.version} {state}: register it again, with the key")
        manifest = msgspec.json.decode(content, type=Manifest)
        if manifest.schemaVersion != 1:
            raise RegistryError(f"{pointed.version} has schemaVersion {manifest.schemaVersion}: this service reads 1")
        if manifest.version != pointed.version:
            raise RegistryError(f"{pointed.version} has the manifest of {manifest.version}")
        return manifest

    def file(self, manifest: Manifest, name: str) -> bytes:
        """A file of a version, which must be the one in its manifest."""
        if name not in manifest.files:
            raise RegistryError(f"{manifest.version} has no file {name} in its manifest")
        return self._verified(f"{manifest.version}/{name}", manifest.files[name])

    def _verified(self, name: str, digest: str) -> bytes:
        content = self._read(name)
        if content is None:
            raise RegistryError(f"{name} is not in the registry")
        if hashlib.sha256(content).hexdigest() != digest:
            raise RegistryError(f"{name} is not the file that was registered: its SHA-256 is another")
        return content

    def _read(self, name: str) -> bytes | None:
        if self._s3 is None:
            path = self._folder / name
            return path.read_bytes() if path.is_file() else None
        try:
            return self._s3.get_object(Bucket=self._bucket, Key=f"{self._prefix}/{name}")["Body"].read()
        except self._s3.exceptions.NoSuchKey:
            return None

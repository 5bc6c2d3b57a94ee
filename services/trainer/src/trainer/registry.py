"""Where models are kept: immutable versions, and a pointer to the champion.

A registry is a folder or a prefix in S3: ``<registry>/<version>/<file>`` and ``<registry>/champion.json``.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import msgspec
from botocore.exceptions import ClientError

from trainer.loans import InputError


class Registry:
    """Reads and writes the files of a registry, ``s3://bucket/prefix`` or ``file:///folder``."""

    def __init__(self, address: str) -> None:
        """Open a registry; nothing is read yet."""
        parts = urlsplit(address)
        if parts.scheme not in ("s3", "file"):
            raise InputError(f"{address} is no registry: give s3://bucket/prefix or file:///folder")
        self._bucket = parts.netloc if parts.scheme == "s3" else None
        self._prefix = parts.path.strip("/") if self._bucket else parts.path
        self._s3: Any = boto3.client("s3") if self._bucket else None

    def read(self, name: str) -> bytes:
        """The content of a file."""
        if self._bucket:
            return self._s3.get_object(Bucket=self._bucket, Key=f"{self._prefix}/{name}")["Body"].read()
        return (Path(self._prefix) / name).read_bytes()

    def write(self, name: str, content: bytes) -> None:
        """Write a file, or replace it: who reads meanwhile gets the old or the new one, whole."""
        if self._bucket:
            self._s3.put_object(Bucket=self._bucket, Key=f"{self._prefix}/{name}", Body=content)
            return
        path = Path(self._prefix) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.{os.getpid()}")
        partial.write_bytes(content)
        partial.replace(path)

    def write_once(self, name: str, content: bytes) -> None:
        """Write a file, unless there is one: then that one stays."""
        if not self._bucket:
            if not (Path(self._prefix) / name).exists():
                self.write(name, content)
            return
        try:
            self._s3.put_object(Bucket=self._bucket, Key=f"{self._prefix}/{name}", Body=content, IfNoneMatch="*")
        except ClientError as error:
            if error.response["Error"]["Code"] != "PreconditionFailed":
                raise


def register(registry: Registry, files: dict[str, bytes], manifest: dict[str, Any]) -> str:
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


def promote(registry: Registry, version: str) -> None:
    """Make a version the champion, the one that is served."""
    manifest = hashlib.sha256(registry.read(f"{version}/manifest.json")).hexdigest()
    champion = {"version": version, "manifestSha256": manifest, "promotedAt": _now()}
    registry.write("champion.json", msgspec.json.encode(champion))


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

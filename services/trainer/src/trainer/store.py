"""Files by name, in a folder or under a prefix in S3."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import ClientError

from trainer.loans import InputError


class Store:
    """Reads and writes the files under an address, ``s3://bucket/prefix`` or ``file:///folder``."""

    def __init__(self, address: str) -> None:
        """Open it; nothing is read yet."""
        parts = urlsplit(address)
        if parts.scheme not in ("s3", "file"):
            raise InputError(f"{address} is no address of files: give s3://bucket/prefix or file:///folder")
        self._bucket = parts.netloc if parts.scheme == "s3" else None
        self._prefix = parts.path.strip("/") if self._bucket else parts.path
        self._s3: Any = boto3.client("s3") if self._bucket else None

    def read(self, name: str) -> bytes:
        """The content of a file."""
        if self._bucket:
            return self._s3.get_object(Bucket=self._bucket, Key=self._key(name))["Body"].read()
        return (Path(self._prefix) / name).read_bytes()

    def fetch(self, name: str, target: Path) -> None:
        """Copy a file to a path, whatever its size."""
        if self._bucket:
            self._s3.download_file(self._bucket, self._key(name), str(target))
            return
        shutil.copyfile(Path(self._prefix) / name, target)

    def write(self, name: str, content: bytes) -> None:
        """Write a file, or replace it: who reads meanwhile gets the old or the new one, whole."""
        if self._bucket:
            self._s3.put_object(Bucket=self._bucket, Key=self._key(name), Body=content)
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
            self._s3.put_object(Bucket=self._bucket, Key=self._key(name), Body=content, IfNoneMatch="*")
        except ClientError as error:
            if error.response["Error"]["Code"] != "PreconditionFailed":
                raise

    def read_if_there(self, name: str) -> bytes | None:
        """The content of a file, or None if there is none."""
        try:
            return self.read(name)
        except FileNotFoundError:
            return None
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchKey":
                raise
            return None

    def _key(self, name: str) -> str:
        return f"{self._prefix}/{name}" if self._prefix else name


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

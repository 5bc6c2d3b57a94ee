"""Files beside the table, read and written by Hadoop's file systems: S3A for S3, as Spark itself does."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from pyspark.sql import SparkSession

_HEADER_BYTES = 64 * 1024


@dataclass(frozen=True)
class File:
    """One file of the source as the store lists it."""

    path: str
    size: int
    modified: int
    """Milliseconds since 1970."""

    @property
    def name(self) -> str:
        """Its name without the folders."""
        return self.path.rpartition("/")[2]


def list_files(spark: SparkSession, folder: str) -> list[File]:
    """The files under a folder, or the one file that it is, from the oldest to the newest."""
    path, system = _locate(spark, folder)
    if not system.exists(path):
        return []
    found, listing = [], system.listFiles(path, True)
    while listing.hasNext():
        status = listing.next()
        file = File(status.getPath().toString(), status.getLen(), status.getModificationTime())
        if not file.name.startswith(("_", ".")):
            found.append(file)
    return sorted(found, key=lambda file: (file.modified, file.path))


def exists(spark: SparkSession, address: str) -> bool:
    """Whether there is a file."""
    path, system = _locate(spark, address)
    return system.exists(path)


def read_start(spark: SparkSession, address: str) -> str:
    """The first bytes of a file, as text."""
    path, system = _locate(spark, address)
    stream = system.open(path)
    try:
        return bytes(stream.readNBytes(_HEADER_BYTES)).decode("utf-8-sig", errors="replace")
    finally:
        stream.close()


def read_json(spark: SparkSession, address: str) -> Any:
    """A JSON document, or None where there is none."""
    path, system = _locate(spark, address)
    if not system.exists(path):
        return None
    stream = system.open(path)
    try:
        return json.loads(bytes(stream.readAllBytes()))
    finally:
        stream.close()


def write_json(spark: SparkSession, address: str, document: Any) -> None:
    """Write a JSON document, over the one that is there."""
    path, system = _locate(spark, address)
    stream = system.create(path, True)
    try:
        stream.write(bytearray(json.dumps(document, indent=2).encode()))
    finally:
        stream.close()


def _locate(spark: SparkSession, address: str) -> tuple[Any, Any]:
    java: Any = spark._jvm
    context: Any = spark._jsc
    path = java.org.apache.hadoop.fs.Path(address)
    return path, path.getFileSystem(context.hadoopConfiguration())

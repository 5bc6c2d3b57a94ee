"""Iceberg for a Spark of this machine; on Glue it comes with `--datalake-formats`."""

from __future__ import annotations

import hashlib
import sys
import urllib.request
from pathlib import Path

_LOCK = Path(__file__).parents[2] / "local/cloud/src/seaworthy_cloud/glue/iceberg.lock"
_MAVEN_CENTRAL = "https://repo1.maven.org/maven2"


def iceberg_jar() -> Path:
    """Iceberg's archive for Spark, where the embedded cloud keeps it as well; fetched once, from Maven Central.

    Raises:
        ValueError: if what was fetched is not what the embedded cloud's lock file pins.
    """
    pin = next(line for line in _LOCK.read_text().splitlines() if "iceberg-spark-runtime" in line)
    coordinates, expected = pin.split()
    group, name, version = coordinates.split(":")
    jar = Path(sys.prefix) / "share/seaworthy-iceberg" / f"{name}-{version}.jar"
    if not jar.exists():
        address = f"{_MAVEN_CENTRAL}/{group.replace('.', '/')}/{name}/{version}/{jar.name}"
        with urllib.request.urlopen(address) as answer:
            content = answer.read()
        if hashlib.sha256(content).hexdigest() != expected:
            raise ValueError(f"{address} has not the SHA-256 {expected} of {_LOCK}: look at what is served there")
        jar.parent.mkdir(parents=True, exist_ok=True)
        part = jar.with_suffix(".part")
        part.write_bytes(content)
        part.rename(jar)
    return jar

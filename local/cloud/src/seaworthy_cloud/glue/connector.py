"""What Glue adds to Spark: Hadoop's S3A, by which it reads and writes S3, and the table format of --datalake-formats.

The AWS SDK that S3A names as its dependency is one archive of 270 MB, of nearly every service. S3 needs the eight
small ones of s3a.lock, 6.5 MB in all, beside those that PySpark brings along. The first run that needs a library
fetches it from Maven Central by Ivy, which PySpark brings along too, into the environment of PySpark; every later run
needs no network.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class ConnectorError(RuntimeError):
    """A library can't be had; the message says why and what to do."""


@dataclass(frozen=True)
class Archive:
    """One archive of Maven Central."""

    group: str
    name: str
    version: str
    sha256: str

    @property
    def file(self) -> str:
        """Name of its file."""
        return f"{self.name}-{self.version}.jar"


@dataclass(frozen=True)
class Library:
    """Archives that are needed together."""

    name: str
    purpose: str
    archives: tuple[Archive, ...]


def _library(name: str, purpose: str) -> Library:
    """The library of a lock file."""
    lock = Path(__file__).with_name(f"{name}.lock")
    pins = [line.split() for line in lock.read_text().splitlines() if line and not line.startswith("#")]
    return Library(name, purpose, tuple(Archive(*coordinates.split(":"), sha256) for coordinates, sha256 in pins))


S3A = _library("s3a", "S3A, by which Spark reads and writes S3,")
FORMATS = {"iceberg": _library("iceberg", "Iceberg, which the job asks for by --datalake-formats,")}
"""Libraries by the name that --datalake-formats gives them."""

_LAST_LINES = 3
_fetching = threading.Lock()


def find_java() -> str | None:
    """Path of the Java that Spark runs on, or None if there is none."""
    home = os.environ.get("JAVA_HOME")
    return shutil.which("java", path=str(Path(home) / "bin")) if home else shutil.which("java")


def class_path(python: Path, java: str, libraries: Sequence[Library]) -> str:
    """The class path of libraries for the Spark of this interpreter; fetches what is not there yet.

    Raises ConnectorError.
    """
    paths = []
    for library in libraries:
        folder = _environment(python) / "share" / f"seaworthy-{library.name}"
        with _fetching:
            if not _is_complete(folder, library):
                _fetch(folder, library, python, java)
        paths += [str(folder / archive.file) for archive in library.archives]
    return os.pathsep.join(paths)


def _environment(python: Path) -> Path:
    """The virtual environment that holds the interpreter; the path is not resolved, since that leads out of it."""
    return python.parent.parent


def _is_complete(folder: Path, library: Library) -> bool:
    """Whether every archive is there; one whose content is not the expected one raises ConnectorError."""
    for archive in library.archives:
        file = folder / archive.file
        if not file.is_file():
            return False
        if hashlib.sha256(file.read_bytes()).hexdigest() != archive.sha256:
            raise ConnectorError(f"{file} is not the archive that was expected (SHA-256 {archive.sha256}): delete it")
    return True


def _fetch(folder: Path, library: Library, python: Path, java: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    description = folder / "ivy.xml"
    description.write_text(_ivy_description(library))
    command = [java, "-jar", str(_ivy(python)), "-ivy", str(description), "-cache", str(folder / "ivy"), "-warn"]
    # ion-java is published as a bundle.
    command += ["-types", "jar", "bundle", "-retrieve", str(folder / "[artifact]-[revision].[ext]")]
    fetched = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if fetched.returncode or not _is_complete(folder, library):
        said = (fetched.stderr or fetched.stdout).strip().splitlines()[-_LAST_LINES:]
        raise ConnectorError(
            f"{library.purpose} can't be fetched from Maven Central: run the job once with a "
            f"network, or copy {', '.join(archive.file for archive in library.archives)} into {folder}. Ivy says: "
            f"{' '.join(said) or f'exit code {fetched.returncode}'}"
        )
    shutil.rmtree(folder / "ivy", ignore_errors=True)


def _ivy(python: Path) -> Path:
    found = sorted(_environment(python).glob("lib/python3*/site-packages/pyspark/jars/ivy-*.jar"))
    if not found:
        raise ConnectorError(f"{_environment(python)} has no PySpark: run `uv sync --locked --project jobs`")
    return found[0]


def _ivy_description(library: Library) -> str:
    """The archives without their dependencies, which are among them or in PySpark."""
    dependencies = "".join(
        f'<dependency org="{archive.group}" name="{archive.name}" rev="{archive.version}" conf="default->master"/>'
        for archive in library.archives
    )
    return (
        '<ivy-module version="2.0"><info organisation="seaworthy" module="s3a"/>'
        f'<configurations><conf name="default"/></configurations><dependencies>{dependencies}</dependencies>'
        "</ivy-module>"
    )

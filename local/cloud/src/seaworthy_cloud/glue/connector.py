"""What lets Spark read and write S3: Hadoop's S3A, as Glue 5.1 uses it, in the version that PySpark's Hadoop has.

The AWS SDK that S3A names as its dependency is one archive of 270 MB, of nearly every service. S3 needs the eight
small ones of s3a.lock, 6.5 MB in all, beside those that PySpark brings along. The first run fetches them from Maven
Central by Ivy, which PySpark brings along too, into the environment of PySpark; every later run needs no network.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path


class ConnectorError(RuntimeError):
    """S3A can't be had; the message says why and what to do."""


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


def _read_lock(lock: Path) -> tuple[Archive, ...]:
    pins = [line.split() for line in lock.read_text().splitlines() if line and not line.startswith("#")]
    return tuple(Archive(*coordinates.split(":"), sha256) for coordinates, sha256 in pins)


ARCHIVES = _read_lock(Path(__file__).with_name("s3a.lock"))
_LAST_LINES = 3
_fetching = threading.Lock()


def find_java() -> str | None:
    """Path of the Java that Spark runs on, or None if there is none."""
    home = os.environ.get("JAVA_HOME")
    return shutil.which("java", path=str(Path(home) / "bin")) if home else shutil.which("java")


def class_path(python: Path, java: str) -> str:
    """The class path of S3A for the Spark of this interpreter; fetches what is not there yet.

    Raises ConnectorError.
    """
    folder = _environment(python) / "share" / "seaworthy-s3a"
    with _fetching:
        if not _is_complete(folder):
            _fetch(folder, python, java)
    return os.pathsep.join(str(folder / archive.file) for archive in ARCHIVES)


def _environment(python: Path) -> Path:
    """The virtual environment that holds the interpreter; the path is not resolved, since that leads out of it."""
    return python.parent.parent


def _is_complete(folder: Path) -> bool:
    """Whether every archive is there; one whose content is not the expected one raises ConnectorError."""
    for archive in ARCHIVES:
        file = folder / archive.file
        if not file.is_file():
            return False
        if hashlib.sha256(file.read_bytes()).hexdigest() != archive.sha256:
            raise ConnectorError(f"{file} is not the archive that was expected (SHA-256 {archive.sha256}): delete it")
    return True


def _fetch(folder: Path, python: Path, java: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    description = folder / "ivy.xml"
    description.write_text(_ivy_description())
    command = [java, "-jar", str(_ivy(python)), "-ivy", str(description), "-cache", str(folder / "ivy"), "-warn"]
    # ion-java is published as a bundle.
    command += ["-types", "jar", "bundle", "-retrieve", str(folder / "[artifact]-[revision].[ext]")]
    fetched = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if fetched.returncode or not _is_complete(folder):
        said = (fetched.stderr or fetched.stdout).strip().splitlines()[-_LAST_LINES:]
        raise ConnectorError(
            "S3A, by which Spark reads and writes S3, can't be fetched from Maven Central: run the job once with a "
            f"network, or copy {', '.join(archive.file for archive in ARCHIVES)} into {folder}. Ivy says: "
            f"{' '.join(said) or f'exit code {fetched.returncode}'}"
        )
    shutil.rmtree(folder / "ivy", ignore_errors=True)


def _ivy(python: Path) -> Path:
    found = sorted(_environment(python).glob("lib/python3*/site-packages/pyspark/jars/ivy-*.jar"))
    if not found:
        raise ConnectorError(f"{_environment(python)} has no PySpark: run `uv sync --locked --project jobs`")
    return found[0]


def _ivy_description() -> str:
    """The archives without their dependencies, which are among them or in PySpark."""
    dependencies = "".join(
        f'<dependency org="{archive.group}" name="{archive.name}" rev="{archive.version}" conf="default->master"/>'
        for archive in ARCHIVES
    )
    return (
        '<ivy-module version="2.0"><info organisation="seaworthy" module="s3a"/>'
        f'<configurations><conf name="default"/></configurations><dependencies>{dependencies}</dependencies>'
        "</ivy-module>"
    )

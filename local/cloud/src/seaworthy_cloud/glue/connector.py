"""What lets Spark read and write S3: Hadoop's S3A, as Glue 5.1 uses it, in the version that PySpark's Hadoop has.

The AWS SDK that S3A names as its dependency is one archive of 270 MB, of nearly every service. S3 needs seven small
archives, 4.5 MB in all, beside those that PySpark brings along. The first run fetches them from Maven Central by Ivy,
which PySpark brings along too, into the Python environment of PySpark; every later run needs no network.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

_LAST_LINES = 3


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


_SDK = "1.12.262"
"""The version of the AWS SDK that hadoop-aws 3.3.4 was built with."""

ARCHIVES = (
    Archive(
        "org.apache.hadoop", "hadoop-aws", "3.3.4", "53f9ae03c681a30a50aa17524bd9790ab596b28481858e54efd989a826ed3a4a"
    ),
    Archive(
        "com.amazonaws", "aws-java-sdk-core", _SDK, "06fed99f929c389e168278c1b111aaf1afb270d07202fbbce92e73d1e4279678"
    ),
    Archive(
        "com.amazonaws", "aws-java-sdk-s3", _SDK, "a0cb7580178bc0d4d3558295a5bb890008478da8a6b3241989c71238b0ed3be5"
    ),
    Archive(
        "com.amazonaws", "aws-java-sdk-kms", _SDK, "c00f5ae7b334255f661d85512e7203af9523a04fb65d0c431c2eea2003ed8ae2"
    ),
    Archive("com.amazonaws", "jmespath-java", _SDK, "9001ea993a45d82a2d3086edcbda8a40b4e012d049a70fbf071fd329c0fbd777"),
    Archive(
        "software.amazon.ion", "ion-java", "1.0.2", "0d127b205a1fce0abc2a3757a041748651bc66c15cf4c059bac5833b27d471a5"
    ),
    Archive(
        "com.fasterxml.jackson.dataformat",
        "jackson-dataformat-cbor",
        # That of the other parts of Jackson in PySpark 3.5.6.
        "2.15.2",
        "57ba89a43e631be2de67aeed846a659b15c6b82b7b254164f61bf3090ccc2ad1",
    ),
)

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

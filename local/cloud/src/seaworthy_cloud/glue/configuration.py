"""How the Spark of a job run is set up: by files and environment, so that the script needs to know nothing of it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from seaworthy_cloud.settings import Settings

_RUNTIME = Path(__file__).parent / "runtime"
BOOTSTRAP = _RUNTIME / "bootstrap.py"
_KEPT = ("LANG", "JAVA_HOME", "SEAWORTHY_STATE")


def write_configuration(folder: Path, settings: Settings, class_path: str, spark_log: Path) -> None:
    """Write what Spark and its logger read when SPARK_CONF_DIR is `folder`."""
    scratch = folder.parent / "tmp"
    scratch.mkdir()
    folder.mkdir()
    properties = {
        "spark.master": "local[2]",
        "spark.driver.memory": "2g",
        "spark.driver.extraClassPath": class_path,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.local.dir": str(scratch),
        "spark.sql.warehouse.dir": str(folder.parent / "warehouse"),
        "spark.hadoop.hadoop.tmp.dir": str(scratch),
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "spark.hadoop.fs.s3a.endpoint": settings.endpoint,
        "spark.hadoop.fs.s3a.endpoint.region": settings.region,
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.hadoop.fs.s3a.connection.ssl.enabled": "false",
        "spark.hadoop.fs.s3a.aws.credentials.provider": "com.amazonaws.auth.EnvironmentVariableCredentialsProvider",
    }
    (folder / "spark-defaults.conf").write_text("".join(f"{name} {value}\n" for name, value in properties.items()))
    (folder / "log4j2.properties").write_text(_logging(spark_log))


def environment(
    python: Path, folder: Path, modules: Sequence[Path], settings: Settings, credentials: Mapping[str, str]
) -> dict[str, str]:
    """The whole environment of the script's process, whose configuration and temporary files are in the folder."""
    return {
        **{name: os.environ[name] for name in _KEPT if name in os.environ},
        "PATH": os.pathsep.join([str(python.parent), os.environ.get("PATH", os.defpath)]),
        "HOME": str(folder),
        "TMPDIR": str(folder / "tmp"),
        "PYTHONPATH": os.pathsep.join(map(str, (_RUNTIME, *modules))),
        "PYTHONUNBUFFERED": "1",
        "PYSPARK_PYTHON": str(python),
        "SPARK_CONF_DIR": str(folder / "conf"),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "AWS_ENDPOINT_URL": settings.endpoint,
        "AWS_REGION": settings.region,
        "AWS_DEFAULT_REGION": settings.region,
        **credentials,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _logging(file: Path) -> str:
    """Spark's own log goes to a file, since Glue keeps it apart from what the script writes."""
    return f"""\
rootLogger.level = info
rootLogger.appenderRef.file.ref = file
appender.file.type = File
appender.file.name = file
appender.file.fileName = {file}
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{{yyyy-MM-dd HH:mm:ss,SSS}} %p [%t] %c{{1}}: %m%n%ex
# PySpark's gateway would set every logger to WARN, as for an interactive shell.
logger.gateway.name = org.apache.spark.api.python.PythonGatewayServer
logger.gateway.level = info
"""

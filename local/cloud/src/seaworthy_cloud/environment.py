"""The emulator's environment and folders. It is built afresh, since functions would see the host's environment."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from seaworthy_cloud.settings import Settings, SettingsError

_KEPT = (
    "LANG",
    "JAVA_HOME",
    "DOCKER_HOST",
    "SEAWORTHY_STATE",
    "SEAWORTHY_NODE_MODULES",
    "SEAWORTHY_SPARK_PYTHON",
    "SEAWORTHY_RIGHTS",
    "AUTH",
    "LOG_LEVEL",
)


def prepare(settings: Settings) -> dict[str, str]:
    """Make the state folder ready and return the whole environment of the emulator.

    Raises SettingsError when there is no Node to run functions with.
    """
    node = shutil.which(settings.node)
    if node is None:
        raise SettingsError(f"SEAWORTHY_NODE is {settings.node!r}, which is no program: set it to the path of Node 24")
    temporary = settings.state / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    # As on AWS, a function's .js file is CommonJS unless its own package says otherwise; the folders above the state
    # folder must have no say in it.
    (settings.state / "package.json").write_text('{"type": "commonjs"}\n')
    _link_node_modules(settings)
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {
        **kept,
        "PATH": os.pathsep.join([str(Path(node).parent), os.environ.get("PATH", os.defpath)]),
        "HOME": str(settings.state),
        "TMPDIR": str(temporary),
        "GATEWAY_PORT": str(settings.port),
        "BIND_HOST": "127.0.0.1",
        # It would listen on every address of the machine.
        "IOT_MTLS_ENABLED": "0",
        "LAMBDA_EXECUTOR": "local",
        "MINISTACK_REGION": settings.region,
        "AWS_REGION": settings.region,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "SEAWORTHY_NODE": node,
    }


def _link_node_modules(settings: Settings) -> None:
    """Put the AWS SDK, which AWS's Node runtime brings along, above the folders that functions are unpacked into."""
    if settings.node_modules is None:
        return
    modules = settings.node_modules / "node_modules"
    if not modules.is_dir():
        raise SettingsError(f"SEAWORTHY_NODE_MODULES: {modules} is no folder: run `npm ci` there")
    link = settings.state / "node_modules"
    link.unlink(missing_ok=True)
    link.symlink_to(modules, target_is_directory=True)

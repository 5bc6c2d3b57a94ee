"""The environment variables of a function: its own and those that AWS defines, and nothing of the host's.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ministack.core import lambda_runtime

from seaworthy_cloud.settings import read_settings


def function_environment(
    configuration: dict[str, Any], code: Path, layers: Sequence[Path], log_stream: str
) -> dict[str, str]:
    """The whole environment of a function's process."""
    settings = read_settings()
    given = (configuration.get("Environment") or {}).get("Variables") or {}
    _, region = lambda_runtime._account_region_from_function_config(configuration)
    node_path = [str(layer / "nodejs" / "node_modules") for layer in layers]
    return {
        # A function may say itself where its clients send their requests.
        "AWS_ENDPOINT_URL": settings.endpoint,
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "PATH": os.pathsep.join([str(Path(settings.node).parent), "/usr/local/bin", "/usr/bin", "/bin"]),
        "NODE_PATH": os.pathsep.join(node_path),
        **given,
        **lambda_runtime.execution_credentials(configuration),
        "_HANDLER": configuration.get("Handler", "index.handler"),
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{configuration['Runtime']}",
        "AWS_LAMBDA_FUNCTION_NAME": configuration["FunctionName"],
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(configuration.get("MemorySize", 128)),
        "AWS_LAMBDA_FUNCTION_VERSION": configuration.get("Version", "$LATEST"),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_FORMAT": log_format(configuration),
        "AWS_LAMBDA_LOG_GROUP_NAME": log_group(configuration),
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "LAMBDA_TASK_ROOT": str(code),
        "LAMBDA_RUNTIME_DIR": str(Path(__file__).parent),
    }


def log_group(configuration: dict[str, Any]) -> str:
    """The log group of a function."""
    given = (configuration.get("LoggingConfig") or {}).get("LogGroup")
    return given or f"/aws/lambda/{configuration.get('FunctionName', '')}"


def log_format(configuration: dict[str, Any]) -> str:
    """`Text` or `JSON`."""
    return (configuration.get("LoggingConfig") or {}).get("LogFormat") or "Text"

"""Lambda as on AWS: a Node runtime of its own, metrics of every execution, metrics out of log lines."""

from seaworthy_cloud.lambdas import execution, http_api, measures


def install() -> None:
    """Replace how the emulator runs Node functions and what it records of an execution."""
    execution.install()
    measures.install()
    http_api.install()

"""What the emulator's AWS::Lambda::Function leaves out."""

from __future__ import annotations

from seaworthy_cloud.client import client
from seaworthy_cloud.cloudformation.handlers import Properties, extend


def install() -> None:
    """Extend the function by the concurrency that is reserved for it."""
    extend("AWS::Lambda::Function", _apply)


def _apply(function: str, properties: Properties, old: Properties | None) -> None:
    reserved = properties.get("ReservedConcurrentExecutions")
    if reserved is not None:
        client("lambda").put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=int(reserved))
    elif old and old.get("ReservedConcurrentExecutions") is not None:
        client("lambda").delete_function_concurrency(FunctionName=function)

"""What the emulator's event source mappings leave out: topics of Kafka, on brokers of one's own."""

from __future__ import annotations

from ministack.core.concurrency import esm_wake
from ministack.services import lambda_svc

from seaworthy_cloud.cloudformation.handlers import Properties, extend

_KAFKA = ("Topics", "SelfManagedEventSource", "SelfManagedKafkaEventSourceConfig", "SourceAccessConfigurations")


def install() -> None:
    """Extend the mapping."""
    extend("AWS::Lambda::EventSourceMapping", _apply)


def _apply(mapping: str, properties: Properties, old: Properties | None) -> None:
    if not properties.get("Topics"):
        return
    if not properties.get("SelfManagedEventSource"):
        raise ValueError(f"{mapping}: the embedded cloud has no MSK: name brokers of your own")
    lambda_svc._esms[mapping].update({name: properties[name] for name in _KAFKA if properties.get(name)})
    esm_wake.set()

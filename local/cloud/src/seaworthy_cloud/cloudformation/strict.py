"""A property that no handler reads fails the deployment, instead of being dropped in silence.

Only a resource's own properties are watched, not what is nested in them.
"""

from __future__ import annotations

from typing import Any

from seaworthy_cloud.cloudformation.handlers import TABLE, Create, Created, Properties

WITHOUT_EFFECT: dict[str, frozenset[str]] = {
    # Each account has the one catalogue.
    "AWS::Glue::Database": frozenset({"CatalogId"}),
    "AWS::Glue::Table": frozenset({"CatalogId"}),
    # Capacity and queues of AWS's own: a run starts at once, as a process.
    "AWS::Glue::Job": frozenset({"ExecutionClass", "ExecutionProperty", "JobRunQueuingEnabled"}),
    # Encrypts the environment at rest, which is in memory here; and a network, which is this machine's.
    "AWS::Lambda::Function": frozenset({"KmsKeyArn", "VpcConfig"}),
    # Extra metrics of the mapping, which are not made here; and pollers, of which each partition has its own.
    "AWS::Lambda::EventSourceMapping": frozenset({"MetricsConfig", "ProvisionedPollerConfig"}),
    # Nothing scales by itself, and there is one zone.
    "AWS::ApplicationAutoScaling::ScalableTarget": frozenset({"RoleARN"}),
    "AWS::ApplicationAutoScaling::ScalingPolicy": frozenset(
        {"PolicyType", "ScalingTargetId", "TargetTrackingScalingPolicyConfiguration"}
    ),
    "AWS::ECS::Service": frozenset({"AvailabilityZoneRebalancing"}),
    # Traces, of which there are none here.
    "AWS::StepFunctions::StateMachine": frozenset({"TracingConfiguration"}),
    # An access control list of the bucket that bootstrapping makes; and request metrics, of which there are none here.
    "AWS::S3::Bucket": frozenset({"AccessControl", "MetricsConfigurations"}),
}
"""Properties by type that change nothing here; docs/embedded-cloud.md names them."""


class Watched(dict[str, Any]):
    """Properties that note which of them have been read."""

    def __init__(self, properties: Properties) -> None:
        """Begin with none read."""
        super().__init__(properties)
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        """Read one."""
        self.read.add(name)
        return super().__getitem__(name)

    def get(self, key: object, default: Any = None, /) -> Any:
        """Read one, or the default."""
        self.read.add(str(key))
        return super().get(str(key), default)

    def items(self) -> Any:
        """Read all."""
        self.read.update(self.keys())
        return super().items()


def watch_all() -> None:
    """Watch every type that the emulator and the extension have; to be called after all of them are added."""
    for resource_type, handler in TABLE.items():
        if "create" in handler:
            handler["create"] = _watching(resource_type, handler["create"], handler)


def _watching(resource_type: str, create: Create, handler: dict[str, Any]) -> Create:
    def create_watched(logical_id: str, properties: Properties, stack: str, *rest: Any) -> Created:
        watched = Watched(properties or {})
        created = create(logical_id, watched, stack, *rest)
        accepted = WITHOUT_EFFECT.get(resource_type, frozenset())
        if unread := sorted(watched.keys() - watched.read - accepted):
            arguments = (logical_id,) if handler.get("delete_with_logical_id") else ()
            handler["delete"](created[0], properties, *arguments)
            raise ValueError(
                f"{resource_type} {logical_id}: the embedded cloud has nothing for the properties {', '.join(unread)}; "
                "implement them in local/cloud, or list them as without effect"
            )
        return created

    return create_watched

"""Network types the emulator lacks. They are recorded: nothing here filters or logs packets."""

from __future__ import annotations

import hashlib
from typing import Any, Literal

from seaworthy_cloud.client import client
from seaworthy_cloud.cloudformation.handlers import Created, Properties, add, extend, integer, present


def install() -> None:
    """Add flow logs, the rules of security groups that are resources of their own, and attributes of the VPC."""
    extend("AWS::EC2::VPC", _vpc_attributes)
    add("AWS::EC2::FlowLog", _create_flow_log, _update_flow_log, _delete_flow_log)
    for direction in ("ingress", "egress"):
        _add_rule(direction)


def _vpc_attributes(vpc: str, properties: Properties, old: Properties | None) -> dict[str, Any]:
    return {"CidrBlock": properties["CidrBlock"], "CidrBlockAssociations": [f"vpc-cidr-assoc-{vpc[-8:]}"]}


def _create_flow_log(logical_id: str, properties: Properties, stack: str) -> Created:
    answer = client("ec2").create_flow_logs(
        **present(
            {
                "ResourceIds": [properties["ResourceId"]],
                "ResourceType": properties["ResourceType"],
                "TrafficType": properties.get("TrafficType"),
                "LogDestinationType": properties.get("LogDestinationType"),
                "LogGroupName": properties.get("LogGroupName"),
                "LogDestination": properties.get("LogDestination"),
                "DeliverLogsPermissionArn": properties.get("DeliverLogsPermissionArn"),
                "MaxAggregationInterval": integer(properties.get("MaxAggregationInterval")),
                "TagSpecifications": _tags("vpc-flow-log", properties),
            }
        )
    )
    if answer.get("Unsuccessful"):
        raise ValueError(f"{logical_id}: {answer['Unsuccessful']}")
    return answer["FlowLogIds"][0], {"Id": answer["FlowLogIds"][0]}


def _update_flow_log(physical_id: str, old: Properties, new: Properties, stack: str) -> Created:
    """Only tags can change; anything else is a new flow log."""
    if {**old, "Tags": None} == {**new, "Tags": None}:
        client("ec2").create_tags(Resources=[physical_id], Tags=new.get("Tags") or [])
        return physical_id, {"Id": physical_id}
    created = _create_flow_log(physical_id, new, stack)
    _delete_flow_log(physical_id, old)
    return created


def _delete_flow_log(physical_id: str, properties: Properties) -> None:
    client("ec2").delete_flow_logs(FlowLogIds=[physical_id])


def _tags(resource_type: str, properties: Properties) -> list[dict[str, Any]] | None:
    tags = properties.get("Tags")
    return [{"ResourceType": resource_type, "Tags": tags}] if tags else None


def _add_rule(direction: Literal["ingress", "egress"]) -> None:
    def create(logical_id: str, properties: Properties, stack: str) -> Created:
        authorise = getattr(client("ec2"), f"authorize_security_group_{direction}")
        authorise(GroupId=properties["GroupId"], IpPermissions=[_permission(properties)])
        digest = hashlib.sha256(f"{stack}/{logical_id}/{direction}".encode()).hexdigest()
        return f"sgr-{digest[:17]}", {"Id": f"sgr-{digest[:17]}"}

    def update(physical_id: str, old: Properties, new: Properties, stack: str) -> Created:
        delete(physical_id, old)
        getattr(client("ec2"), f"authorize_security_group_{direction}")(
            GroupId=new["GroupId"], IpPermissions=[_permission(new)]
        )
        return physical_id, {"Id": physical_id}

    def delete(physical_id: str, properties: Properties) -> None:
        revoke = getattr(client("ec2"), f"revoke_security_group_{direction}")
        revoke(GroupId=properties["GroupId"], IpPermissions=[_permission(properties)])

    add(f"AWS::EC2::SecurityGroup{direction.capitalize()}", create, update, delete)


def _permission(properties: Properties) -> dict[str, Any]:
    description = present({"Description": properties.get("Description")})
    peer = properties.get("SourceSecurityGroupId") or properties.get("DestinationSecurityGroupId")
    ranges = {
        "IpRanges": _peers("CidrIp", properties.get("CidrIp"), description),
        "Ipv6Ranges": _peers("CidrIpv6", properties.get("CidrIpv6"), description),
        "UserIdGroupPairs": _peers("GroupId", peer, description),
    }
    if not any(ranges.values()):
        raise ValueError("a security group rule needs CidrIp, CidrIpv6 or a security group at its other end")
    return present(
        {
            "IpProtocol": str(properties["IpProtocol"]),
            "FromPort": integer(properties.get("FromPort")),
            "ToPort": integer(properties.get("ToPort")),
            **ranges,
        }
    )


def _peers(name: str, value: str | None, description: dict[str, str]) -> list[dict[str, str]] | None:
    return [{name: value, **description}] if value else None

"""Load balancers and listeners through CloudFormation: an address that can be reached, and no listener without one."""

from __future__ import annotations

from typing import Any

from ministack.services import alb

from seaworthy_cloud.alb import listeners
from seaworthy_cloud.cloudformation.handlers import Properties, extend


def install() -> None:
    """Extend load balancers and listeners."""
    extend("AWS::ElasticLoadBalancingV2::LoadBalancer", _apply_load_balancer, listeners.close_for)
    extend("AWS::ElasticLoadBalancingV2::Listener", _apply_listener)


def _apply_load_balancer(arn: str, properties: Properties, old: Properties | None) -> dict[str, Any]:
    if properties.get("Type", "application") != "application":
        raise ValueError(f"a load balancer of type {properties['Type']} is not part of the embedded cloud")
    name = listeners.open_for(arn)
    alb._lbs[arn]["DNSName"] = name
    return {"DNSName": name}


def _apply_listener(arn: str, properties: Properties, old: Properties | None) -> None:
    protocol = properties.get("Protocol", "HTTP")
    if protocol != "HTTP":
        raise ValueError(f"a listener for {protocol} is not part of the embedded cloud: only HTTP is")
    balancer = properties["LoadBalancerArn"]
    others = [each for each in alb._listeners.values() if each["LoadBalancerArn"] == balancer]
    if len(others) > 1:
        ports = ", ".join(str(each["Port"]) for each in others)
        raise ValueError(f"a load balancer has one listener in the embedded cloud, and this has them for ports {ports}")

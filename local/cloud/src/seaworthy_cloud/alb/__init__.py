"""Load balancers that can be reached, check their targets and route to the healthy ones only."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

from seaworthy_cloud.patching import replace, replace_action


def install() -> None:
    """Give every load balancer a listener and every target a health of its own."""
    from ministack.services import alb

    from seaworthy_cloud.alb import forward, health, listeners

    create, delete = alb._create_lb, alb._delete_lb

    def create_load_balancer(params: dict[str, Any]) -> Any:
        before = set(alb._lbs)
        answer = create(params)
        for arn in set(alb._lbs) - before:
            alb._lbs[arn]["DNSName"] = listeners.open_for(arn)
        return answer if answer[0] >= 400 else alb._xml(200, "CreateLoadBalancer", _described(set(alb._lbs) - before))

    def delete_load_balancer(params: dict[str, Any]) -> Any:
        listeners.close_for(alb._p(params, "LoadBalancerArn"))
        return delete(params)

    def _described(arns: set[str]) -> str:
        return f"<LoadBalancers>{''.join(alb._lb_xml(alb._lbs[arn]) for arn in arns)}</LoadBalancers>"

    def describe_target_health(params: dict[str, Any]) -> Any:
        group = alb._tgs.get(alb._p(params, "TargetGroupArn"))
        if group is None:
            return alb._error("TargetGroupNotFound", "One or more target groups not found")
        wanted = {target["Id"] for target in alb._parse_targets_param(params)}
        registered = alb._targets.get(group["TargetGroupArn"], [])
        members = "".join(_member(group, each) for each in registered if not wanted or each["Id"] in wanted)
        body = f"<TargetHealthDescriptions>{members}</TargetHealthDescriptions>"
        return alb._xml(200, "DescribeTargetHealth", body)

    def _member(group: dict[str, Any], target: dict[str, Any]) -> str:
        code, description = health.reason_of(group, target)
        reason = f"<Reason>{code}</Reason><Description>{escape(description)}</Description>" if code else ""
        state = health.state_of(group, target)
        place = f"<Id>{target['Id']}</Id><Port>{target.get('Port') or group['Port']}</Port>"
        return f"<member><Target>{place}</Target><TargetHealth><State>{state}</State>{reason}</TargetHealth></member>"

    replace_action(alb, "CreateLoadBalancer", create_load_balancer)
    replace_action(alb, "DeleteLoadBalancer", delete_load_balancer)
    replace_action(alb, "DescribeTargetHealth", describe_target_health)
    replace(alb, "_forward_to_tg", forward.forward_to_target_group)
    listeners.start()
    health.start()

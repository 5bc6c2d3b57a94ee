"""Metrics that services themselves publish, which alarms of the platform watch."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

from conftest import wait_until
from functions import total, unique
from stacks import create, output, resource


def balanced(cloud):
    """A load balancer and its target group, as the dimensions of their metrics, and an address to ask."""
    elbv2, name = cloud.client("elbv2"), unique("lb")
    balancer = elbv2.create_load_balancer(Name=name, Subnets=["subnet-a"])["LoadBalancers"][0]
    group = elbv2.create_target_group(
        Name=name, Port=80, Protocol="HTTP", VpcId="vpc-a", TargetType="ip", HealthCheckIntervalSeconds=5
    )["TargetGroups"][0]["TargetGroupArn"]
    arn = balancer["LoadBalancerArn"]
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    elbv2.create_listener(LoadBalancerArn=arn, Port=80, Protocol="HTTP", DefaultActions=forward)
    dimensions = {"TargetGroup": group.split(":")[-1], "LoadBalancer": arn.split(":loadbalancer/")[-1]}
    return balancer["DNSName"], group, dimensions


def test_healthy_and_unhealthy_targets_are_counted(cloud):
    _, group, dimensions = balanced(cloud)
    port = {"Id": "127.0.0.1", "Port": 9}
    cloud.client("elbv2").register_targets(TargetGroupArn=group, Targets=[port])
    wait_until(
        lambda: total(cloud, "AWS/ApplicationELB", "UnHealthyHostCount", dimensions) > 0, "the target is counted"
    )
    assert total(cloud, "AWS/ApplicationELB", "HealthyHostCount", dimensions) == 0


def test_an_answer_of_the_balancers_own_is_not_one_of_a_target(cloud):
    address, _, dimensions = balanced(cloud)
    try:
        urllib.request.urlopen(f"http://{address}/", timeout=10)
    except urllib.error.HTTPError as refused:
        assert refused.code == 503
    balancer = {"LoadBalancer": dimensions["LoadBalancer"]}
    assert total(cloud, "AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", balancer) == 1
    assert total(cloud, "AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", dimensions) == 0


def test_the_full_name_of_a_target_group_is_its_metrics_dimension(cloud):
    name = unique("names")
    group = resource(
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        {"Port": 80, "Protocol": "HTTP", "VpcId": "vpc-a", "TargetType": "ip"},
    )
    outputs = {
        "Name": {"Value": {"Fn::GetAtt": ["Group", "TargetGroupFullName"]}},
        "Arn": {"Value": {"Ref": "Group"}},
    }
    assert create(cloud, name, {"Group": group}, outputs) == "CREATE_COMPLETE"
    assert output(cloud, name, "Name") == output(cloud, name, "Arn").split(":")[-1]
    assert output(cloud, name, "Name").startswith("targetgroup/")


def test_a_rule_without_targets_counts_the_events_that_it_matches(cloud):
    events, name = cloud.client("events"), unique("rule")
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name], "detail": {"state": ["DONE"]}}))
    for state in ("DONE", "FAILED", "DONE"):
        detail = json.dumps({"state": state})
        events.put_events(Entries=[{"Source": name, "DetailType": "Change", "Detail": detail}])
    assert total(cloud, "AWS/Events", "TriggeredRules", {"RuleName": name}) == 2

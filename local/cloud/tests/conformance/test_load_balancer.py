"""A load balancer as AWS documents it: it routes to healthy targets, drains the ones that leave, and says 503."""

from __future__ import annotations

import threading

import pytest
from conftest import wait_until
from service import OUTPUTS, address, get, health, log_of, push_image, running, service_stack
from stacks import create, delete, output, reasons, resource, update


@pytest.fixture(scope="module")
def image(cloud, tmp_path_factory):
    return push_image(cloud, tmp_path_factory.mktemp("image"), "balanced")


def test_requests_go_to_every_healthy_target_in_turn(cloud, image):
    assert create(cloud, "turns", service_stack(image, {"RELEASE": "1"}), OUTPUTS) == "CREATE_COMPLETE"
    group = output(cloud, "turns", "Group")
    targets = {address(task): "healthy" for task in running(cloud, "turns")}
    assert health(cloud, group) == targets
    answers = {get(f"{output(cloud, 'turns', 'Url')}/path?with=query") for _ in range(10)}
    assert answers == {(200, f"1 {each} hello there") for each in targets}


def test_an_unhealthy_target_gets_no_request_and_its_task_is_replaced(cloud, image):
    assert create(cloud, "sick", service_stack(image, {}), OUTPUTS) == "CREATE_COMPLETE"
    sick, well = running(cloud, "sick")
    get(f"http://{address(sick)}:8080/sick")
    group, url = output(cloud, "sick", "Group"), output(cloud, "sick", "Url")
    wait_until(lambda: health(cloud, group).get(address(sick)) != "healthy", "the sick target is found out")
    assert address(sick) not in "".join(get(f"{url}/")[1] for _ in range(10))

    def replaced() -> bool:
        arns = {task["taskArn"] for task in running(cloud, "sick")}
        return len(arns) == 2 and sick["taskArn"] not in arns and well["taskArn"] in arns

    wait_until(replaced, "the sick task is replaced")
    wait_until(lambda: set(health(cloud, group).values()) == {"healthy"}, "every target is healthy again")


def test_without_a_target_it_answers_503(cloud, image):
    assert create(cloud, "nobody", service_stack(image, {}, count=0), OUTPUTS) == "CREATE_COMPLETE"
    assert get(f"{output(cloud, 'nobody', 'Url')}/")[0] == 503
    cloud.client("ecs").update_service(cluster="nobody", service="server", desiredCount=1)
    url = output(cloud, "nobody", "Url")
    wait_until(lambda: get(f"{url}/")[0] == 200, "the first target is in service")


def test_when_every_target_is_unhealthy_it_fails_open(cloud):
    elbv2 = cloud.client("elbv2")
    balancer = elbv2.create_load_balancer(Name="open", Subnets=["subnet-a"])["LoadBalancers"][0]
    group = elbv2.create_target_group(
        Name="open", Port=80, Protocol="HTTP", VpcId="vpc-a", TargetType="ip", HealthCheckIntervalSeconds=5
    )["TargetGroups"][0]["TargetGroupArn"]
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    arn = balancer["LoadBalancerArn"]
    elbv2.create_listener(LoadBalancerArn=arn, Port=80, Protocol="HTTP", DefaultActions=forward)
    elbv2.register_targets(TargetGroupArn=group, Targets=[{"Id": "127.0.0.1", "Port": 9}])
    assert get(f"http://{balancer['DNSName']}/")[0] == 503
    wait_until(lambda: health(cloud, group) == {"127.0.0.1": "unhealthy"}, "the target is unhealthy")
    assert get(f"http://{balancer['DNSName']}/")[0] == 502
    elbv2.delete_load_balancer(LoadBalancerArn=arn)


def test_a_deployment_loses_no_request_and_lets_the_old_tasks_finish(cloud, image):
    name = "rolls"
    assert create(cloud, name, service_stack(image, {"RELEASE": "1"}, count=1), OUTPUTS) == "CREATE_COMPLETE"
    url, group = output(cloud, name, "Url"), output(cloud, name, "Logs")
    (old,) = running(cloud, name)
    answers: list[tuple[int, str]] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            answers.append(get(f"{url}/slow"))

    clients = [threading.Thread(target=ask) for _ in range(3)]
    for each in clients:
        each.start()
    try:
        wait_until(lambda: "slow" in log_of(cloud, group, old["taskArn"]), "a request is in flight")
        assert update(cloud, name, service_stack(image, {"RELEASE": "2"}, count=1)) == "UPDATE_COMPLETE"
        wait_until(lambda: any(body.startswith("2 ") for _, body in answers), "the new release answers")
    finally:
        done.set()
        for each in clients:
            each.join()
    assert {status for status, _ in answers} == {200}
    assert {body[:2] for _, body in answers} == {"1 ", "2 "}
    wait_until(lambda: log_of(cloud, group, old["taskArn"])[-1:] == ["ended in order"], "the old task ended in order")


def test_a_release_that_is_never_healthy_is_rolled_back(cloud, image):
    name = "unwell"
    assert create(cloud, name, service_stack(image, {"RELEASE": "1"}, count=1), OUTPUTS) == "CREATE_COMPLETE"
    url = output(cloud, name, "Url")
    worse = service_stack(image, {"RELEASE": "2", "WELL": "no"}, count=1)
    assert update(cloud, name, worse) == "UPDATE_ROLLBACK_COMPLETE"
    assert get(f"{url}/")[1].startswith("1 ")


def test_a_listener_that_could_not_be_reached_is_refused(cloud):
    balancer = resource("AWS::ElasticLoadBalancingV2::LoadBalancer", {"Subnets": ["subnet-a"]})
    listener = {"LoadBalancerArn": {"Ref": "Balancer"}, "Port": 443, "Protocol": "HTTPS", "DefaultActions": []}
    resources = {"Balancer": balancer, "Listener": resource("AWS::ElasticLoadBalancingV2::Listener", listener)}
    assert create(cloud, "https", resources) == "ROLLBACK_COMPLETE"
    assert any("a listener for HTTPS is not part of the embedded cloud" in each for each in reasons(cloud, "https"))


def test_a_deleted_load_balancer_listens_no_more(cloud, image):
    assert create(cloud, "gone", service_stack(image, {}, count=1), OUTPUTS) == "CREATE_COMPLETE"
    url = output(cloud, "gone", "Url")
    assert get(f"{url}/")[0] == 200
    assert delete(cloud, "gone") == "DELETE_COMPLETE"

    def refuses() -> bool:
        try:
            get(f"{url}/")
        except OSError:
            return True
        return False

    wait_until(refuses, "nothing listens")

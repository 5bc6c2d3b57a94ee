"""What the tests of tasks share: an image whose server does as its environment says, and services of it."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from conftest import ACCOUNT, REGION, ROOT, Cloud, node, wait_until
from stacks import create, physical_id, resource

SHIM = ROOT / "local/cloud/docker-shim.mjs"
REPOSITORY = "images"
PORT = 8080

SERVER = """
import http.server, os, signal, sys, threading, time

print("started", flush=True)
if "EXIT_CODE" in os.environ:
    sys.exit(int(os.environ["EXIT_CODE"]))
held = b"x" * (int(os.environ.get("HOLD_MEBIBYTES", "0")) * 1024 * 1024)
well = os.environ.get("WELL", "yes") == "yes"

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        global well
        if self.path == "/sick":
            well = False
        if self.path == "/die":
            os._exit(3)
        if self.path == "/slow":
            print("slow", flush=True)
            time.sleep(2)
        status = 200 if well or self.path != "/health" else 503
        body = f"{os.environ.get('RELEASE')} {os.environ['HOST']} {os.environ['GREETING']}".encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass

server = http.server.ThreadingHTTPServer((os.environ["HOST"], 8080), Handler)
server.daemon_threads = False
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
server.serve_forever()
server.server_close()
print("ended in order", flush=True)
"""

DOCKERFILE = """
FROM python:3.13-slim AS build
ENV GREETING="of the wrong stage"
FROM python:3.13-slim
# The task's own environment comes on top of this.
ENV GREETING="hello there" \\
    PATH=/nowhere:$PATH
COPY server.py .
CMD ["python3", "server.py"]
"""


def shim(cloud: Cloud, *args: str) -> subprocess.CompletedProcess[str]:
    """Run docker-shim.mjs as the CDK runs it."""
    environment = {**os.environ, "SEAWORTHY_STATE": str(cloud.state), "DOCKER_HOST": cloud.docker_host}
    return subprocess.run([node(), str(SHIM), *args], env=environment, capture_output=True, text=True)


def push_image(cloud: Cloud, folder: Path, tag: str) -> str:
    """Build, tag and push the image, and return its full name."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "server.py").write_text(SERVER)
    (folder / "Dockerfile").write_text(DOCKERFILE)
    image = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{REPOSITORY}:{tag}"
    for args in (["build", "--tag", f"asset-{tag}", str(folder)], ["tag", f"asset-{tag}", image], ["push", image]):
        done = shim(cloud, *args)
        assert done.returncode == 0, done.stderr
    return image


def task_definition(image: str, environment: dict[str, str], memory: int = 512, essential: bool = True) -> Any:
    container = {
        "Name": "server",
        "Image": image,
        "Essential": essential,
        "Environment": [{"Name": name, "Value": value} for name, value in environment.items()],
        "PortMappings": [{"ContainerPort": PORT}],
        "StopTimeout": 10,
        "LogConfiguration": {
            "LogDriver": "awslogs",
            "Options": {
                "awslogs-group": {"Ref": "Logs"},
                "awslogs-region": {"Ref": "AWS::Region"},
                "awslogs-stream-prefix": "task",
            },
        },
    }
    return resource(
        "AWS::ECS::TaskDefinition",
        {
            "Family": {"Fn::Sub": "${AWS::StackName}-server"},
            "ContainerDefinitions": [container],
            "Cpu": "256",
            "Memory": str(memory),
            "NetworkMode": "awsvpc",
            "RequiresCompatibilities": ["FARGATE"],
        },
    )


def service_stack(image: str, environment: dict[str, str], count: int = 2, memory: int = 512) -> dict[str, Any]:
    """A service behind a load balancer, whose targets are checked every five seconds (here ten times as often)."""
    network = {"AwsvpcConfiguration": {"Subnets": ["subnet-a"], "AssignPublicIp": "DISABLED"}}
    target = {"ContainerName": "server", "ContainerPort": PORT, "TargetGroupArn": {"Ref": "Group"}}
    breaker = {"DeploymentCircuitBreaker": {"Enable": True, "Rollback": True}}
    return {
        "Logs": resource("AWS::Logs::LogGroup", {}),
        "Cluster": resource("AWS::ECS::Cluster", {"ClusterName": {"Ref": "AWS::StackName"}}),
        "Balancer": resource(
            "AWS::ElasticLoadBalancingV2::LoadBalancer", {"Scheme": "internal", "Subnets": ["subnet-a", "subnet-b"]}
        ),
        "Group": resource(
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            {
                "Port": 80,
                "Protocol": "HTTP",
                "TargetType": "ip",
                "VpcId": "vpc-a",
                "HealthCheckPath": "/health",
                "HealthCheckIntervalSeconds": 5,
                "HealthCheckTimeoutSeconds": 2,
                "HealthyThresholdCount": 2,
                "UnhealthyThresholdCount": 2,
            },
        ),
        "Listener": resource(
            "AWS::ElasticLoadBalancingV2::Listener",
            {
                "LoadBalancerArn": {"Ref": "Balancer"},
                "Port": 80,
                "Protocol": "HTTP",
                "DefaultActions": [{"Type": "forward", "TargetGroupArn": {"Ref": "Group"}}],
            },
        ),
        "Task": task_definition(image, environment, memory),
        "Service": resource(
            "AWS::ECS::Service",
            {
                "ServiceName": "server",
                "Cluster": {"Ref": "Cluster"},
                "TaskDefinition": {"Ref": "Task"},
                "DesiredCount": count,
                "LaunchType": "FARGATE",
                "NetworkConfiguration": network,
                "LoadBalancers": [target],
                "HealthCheckGracePeriodSeconds": 5,
                "DeploymentConfiguration": breaker,
            },
            DependsOn=["Listener"],
        ),
    }


OUTPUTS = {
    "Url": {"Value": {"Fn::Sub": "http://${Balancer.DNSName}"}},
    "Logs": {"Value": {"Ref": "Logs"}},
    "Group": {"Value": {"Ref": "Group"}},
}


def run_task(cloud: Cloud, image: str, name: str, environment: dict[str, str], memory: int = 512) -> str:
    """Run one task of its own and return its arn."""
    resources = {
        "Logs": resource("AWS::Logs::LogGroup", {}),
        "Cluster": resource("AWS::ECS::Cluster", {"ClusterName": name}),
        "Task": task_definition(image, environment, memory),
    }
    assert create(cloud, name, resources, {"Logs": OUTPUTS["Logs"]}) == "CREATE_COMPLETE"
    definition = physical_id(cloud, name, "Task")
    network = {"awsvpcConfiguration": {"subnets": ["subnet-a"]}}
    answer = cloud.client("ecs").run_task(
        cluster=name, taskDefinition=definition, launchType="FARGATE", networkConfiguration=network
    )
    return answer["tasks"][0]["taskArn"]


def get(url: str) -> tuple[int, str]:
    """Status and body of a GET, also of one that fails."""
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def tasks(cloud: Cloud, cluster: str, status: str = "RUNNING") -> list[dict[str, Any]]:
    ecs = cloud.client("ecs")
    arns = ecs.list_tasks(cluster=cluster, desiredStatus=status)["taskArns"]
    return ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"] if arns else []


def running(cloud: Cloud, cluster: str) -> list[dict[str, Any]]:
    return [task for task in tasks(cloud, cluster) if task["lastStatus"] == "RUNNING"]


def address(task: dict[str, Any]) -> str:
    details = task["attachments"][0]["details"]
    return next(each["value"] for each in details if each["name"] == "privateIPv4Address")


def stopped(cloud: Cloud, cluster: str, arn: str) -> dict[str, Any]:
    """The task once it has stopped."""
    ecs = cloud.client("ecs")

    def ended() -> dict[str, Any] | None:
        (task,) = ecs.describe_tasks(cluster=cluster, tasks=[arn])["tasks"]
        return task if task["lastStatus"] == "STOPPED" else None

    return wait_until(ended, f"{arn} has stopped")


def log_of(cloud: Cloud, group: str, task_arn: str) -> list[str]:
    stream = f"task/server/{task_arn.rsplit('/', 1)[-1]}"
    events = cloud.client("logs").get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True)
    return [event["message"] for event in events["events"]]


def health(cloud: Cloud, group: str) -> dict[str, str]:
    """State of each target by its address."""
    described = cloud.client("elbv2").describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    return {each["Target"]["Id"]: each["TargetHealth"]["State"] for each in described}


def images(cloud: Cloud) -> dict[str, Any]:
    return json.loads((cloud.state / "images.json").read_text())

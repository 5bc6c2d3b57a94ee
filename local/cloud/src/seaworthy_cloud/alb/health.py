"""Health checks of load balancer targets: the emulator alone calls every target healthy.

A target is healthy after its first check that succeeds, and unhealthy, or healthy again, after as many checks in a row
as its target group asks for. Checks are made ten times as often as the target group says, so that a deployment and a
test need not wait for minutes.
"""

from __future__ import annotations

import http.client
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

from ministack.core.responses import request_scope
from ministack.services import alb

_log = logging.getLogger(__name__)

State = Literal["initial", "healthy", "unhealthy"]

_TIMES_FASTER = 10
_SHORTEST_INTERVAL = 0.5
_TICK = 0.25


@dataclass
class _Target:
    """The state of one target of one target group; `streak` counts checks in a row that disagree with the state."""

    state: State = "initial"
    reason: str = "Elb.RegistrationInProgress"
    description: str = "Target registration is in progress"
    streak: int = 0
    next_check: float = 0.0
    running: bool = False


_targets: dict[tuple[str, str, int], _Target] = {}
_unhealthy_listeners: list[Callable[[str, str], None]] = []
_pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="target-health")


def on_unhealthy(listener: Callable[[str, str], None]) -> None:
    """Have `listener` called, again and again while it lasts, with the group and address of an unhealthy target."""
    _unhealthy_listeners.append(listener)


def start() -> None:
    """Begin to check every registered target."""
    threading.Thread(target=_check_for_ever, name="target-health", daemon=True).start()


def is_healthy(group: str, address: str) -> bool:
    """Whether the address passes the health checks of the target group, on whichever port."""
    states = [target.state for (arn, host, _), target in list(_targets.items()) if arn == group and host == address]
    return bool(states) and all(state == "healthy" for state in states)


def state_of(group: dict[str, Any], target: dict[str, Any]) -> State:
    """The state of a registered target; a target group without health checks has only healthy ones."""
    if not _is_checked(group):
        return "healthy"
    found = _targets.get(_key(group, target))
    return found.state if found else "initial"


def reason_of(group: dict[str, Any], target: dict[str, Any]) -> tuple[str, str]:
    """Why a target is not healthy: AWS's code and description, both empty when it is."""
    found = _targets.get(_key(group, target)) or _Target()
    return ("", "") if state_of(group, target) == "healthy" else (found.reason, found.description)


def _check_for_ever() -> None:
    while True:
        known: set[tuple[str, str, int]] = set()
        for (account, region, arn), group in alb._tgs.all_items():
            with request_scope(account, region):
                targets = list(alb._targets.get(arn, [])) if _is_checked(group) else []
                for target in targets:
                    known.add(_key(group, target))
                    _check_when_due(group, target)
                    _tell_when_unhealthy(group, target)
        for gone in _targets.keys() - known:
            del _targets[gone]
        time.sleep(_TICK)


def _check_when_due(group: dict[str, Any], target: dict[str, Any]) -> None:
    record = _targets.setdefault(_key(group, target), _Target())
    now = time.monotonic()
    if record.running or now < record.next_check:
        return
    interval = max(_SHORTEST_INTERVAL, int(group["HealthCheckIntervalSeconds"]) / _TIMES_FASTER)
    record.running = True
    record.next_check = now + (_SHORTEST_INTERVAL if record.state == "initial" else interval)
    _pool.submit(_check, group, target).add_done_callback(lambda done: _apply(group, record, done))


def _tell_when_unhealthy(group: dict[str, Any], target: dict[str, Any]) -> None:
    if _targets[_key(group, target)].state != "unhealthy":
        return
    for listener in _unhealthy_listeners:
        try:
            listener(group["TargetGroupArn"], target["Id"])
        except Exception:
            # The checks of every other target must go on.
            _log.exception("target %s of %s is unhealthy, and was not replaced", target["Id"], group["TargetGroupArn"])


def _check(group: dict[str, Any], target: dict[str, Any]) -> tuple[str, str]:
    """Make one check; returns AWS's code and description of the failure, both empty on success."""
    port = _key(group, target)[2] if group["HealthCheckPort"] == "traffic-port" else int(group["HealthCheckPort"])
    connection = http.client.HTTPConnection(target["Id"], port, timeout=int(group["HealthCheckTimeoutSeconds"]))
    try:
        connection.request("GET", group["HealthCheckPath"], headers={"User-Agent": "ELB-HealthChecker/2.0"})
        status = connection.getresponse().status
    except TimeoutError:
        return "Target.Timeout", "Request timed out"
    except (OSError, http.client.HTTPException) as error:
        return "Target.FailedHealthChecks", f"Health checks failed: {error}"
    finally:
        connection.close()
    if _matches(group["Matcher"]["HttpCode"], status):
        return "", ""
    return "Target.ResponseCodeMismatch", f"Health checks failed with these codes: [{status}]"


def _apply(group: dict[str, Any], record: _Target, done: Future[tuple[str, str]]) -> None:
    code, description = done.result()
    record.running = False
    wanted: State = "unhealthy" if code else "healthy"
    if record.state == wanted:
        record.streak = 0
        return
    record.streak += 1
    if wanted == "healthy":
        enough = 1 if record.state == "initial" else int(group["HealthyThresholdCount"])
    else:
        enough = int(group["UnhealthyThresholdCount"])
    if record.streak >= enough:
        record.state, record.streak = wanted, 0
        record.reason, record.description = code, description


def _matches(codes: str, status: int) -> bool:
    """Whether the status is among AWS's success codes, such as `200`, `200,202` or `200-299`."""
    for part in str(codes).split(","):
        first, _, last = part.strip().partition("-")
        if int(first) <= status <= int(last or first):
            return True
    return False


def _is_checked(group: dict[str, Any]) -> bool:
    return bool(group["HealthCheckEnabled"]) and group["TargetType"] != "lambda"


def _key(group: dict[str, Any], target: dict[str, Any]) -> tuple[str, str, int]:
    return group["TargetGroupArn"], target["Id"], int(target.get("Port") or group["Port"])

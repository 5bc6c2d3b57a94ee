"""The account's administrator: a user, since the root of an account can't assume roles."""

from __future__ import annotations

import json

from ministack.services import iam

from seaworthy_cloud.client import client
from seaworthy_cloud.patching import replace

NAME = "operator"
"""Of the user; its access key and its secret are the same, as nothing but loopback can use them."""

_original_reset = iam.reset


def install() -> None:
    """Make the user, and again after a reset."""
    replace(iam, "reset", _reset)
    _create()


def _reset() -> None:
    _original_reset()
    _create()


def _create() -> None:
    everything = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    client("iam").create_user(UserName=NAME)
    client("iam").put_user_policy(UserName=NAME, PolicyName="administrator", PolicyDocument=json.dumps(everything))
    # CreateAccessKey would choose the key itself.
    iam._access_keys[NAME] = {
        "UserName": NAME,
        "AccessKeyId": NAME,
        "SecretAccessKey": NAME,
        "Status": "Active",
        "CreateDate": iam._now(),
    }

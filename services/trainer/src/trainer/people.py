"""Who somebody is, as AWS says: nobody can state another's name."""

from __future__ import annotations

from typing import Any

import boto3
import msgspec


class Person(msgspec.Struct, frozen=True):
    """A caller of AWS."""

    #: ``aws:userid``: of a user their id, in a role ``<role's id>:<session's name>``.
    user_id: str
    session: Any


def caller(role: str | None = None, name: str | None = None) -> Person:
    """Who calls: the holder of this machine's credentials, or, in a role that they enter, the session of that name."""
    session = boto3.Session()
    if role is not None and name is not None:
        entered = session.client("sts").assume_role(RoleArn=role, RoleSessionName=name)["Credentials"]
        session = boto3.Session(entered["AccessKeyId"], entered["SecretAccessKey"], entered["SessionToken"])
    return Person(session.client("sts").get_caller_identity()["UserId"], session)


def same_person(first: str, second: str) -> bool:
    """Whether two user ids are of one person: a session in a role has the name of the person who has entered it."""
    return first.rpartition(":")[2] == second.rpartition(":")[2]

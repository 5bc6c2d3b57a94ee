"""How the mapping of a Kafka topic reaches its brokers: addresses, group, and the secrets that its settings name.

https://docs.aws.amazon.com/lambda/latest/dg/kafka-cluster-auth.html
"""

from __future__ import annotations

import json
from typing import Any

from seaworthy_cloud.client import client

_MECHANISMS = {
    "SASL_SCRAM_512_AUTH": "SCRAM-SHA-512",
    "SASL_SCRAM_256_AUTH": "SCRAM-SHA-256",
    "BASIC_AUTH": "PLAIN",
}
_NETWORK = frozenset({"VPC_SUBNET", "VPC_SECURITY_GROUP"})


def bootstrap_servers(record: dict[str, Any]) -> str:
    """The brokers' addresses, as in the event."""
    return ",".join(record["SelfManagedEventSource"]["Endpoints"]["KafkaBootstrapServers"])


def settings_of(record: dict[str, Any], scope: tuple[str, str]) -> dict[str, Any]:
    """Settings of a consumer for a mapping; `scope` is the account and the region of its secrets.

    Raises ValueError for a kind of authentication that is not known here.
    """
    group = (record.get("SelfManagedKafkaEventSourceConfig") or {}).get("ConsumerGroupId")
    settings: dict[str, Any] = {
        "bootstrap.servers": bootstrap_servers(record),
        # As Lambda does: without a name of its own the mapping's id is the group's.
        "group.id": group or record["UUID"],
        "enable.auto.commit": False,
        "auto.offset.reset": "error",
        # The brokers' own addresses, not names that a resolver may not know.
        "allow.auto.create.topics": False,
    }
    return {**settings, **_security(record.get("SourceAccessConfigurations") or [], scope)}


def _security(configurations: list[dict[str, str]], scope: tuple[str, str]) -> dict[str, Any]:
    security: dict[str, Any] = {}
    for configuration in configurations:
        kind, uri = configuration["Type"], configuration["URI"]
        if kind in _NETWORK:
            continue
        secret = json.loads(client("secretsmanager", *scope).get_secret_value(SecretId=uri)["SecretString"])
        if kind in _MECHANISMS:
            security |= {
                "security.protocol": "SASL_SSL",
                "sasl.mechanism": _MECHANISMS[kind],
                "sasl.username": secret["username"],
                "sasl.password": secret["password"],
            }
        elif kind == "CLIENT_CERTIFICATE_TLS_AUTH":
            security |= {
                "security.protocol": "SSL",
                "ssl.certificate.pem": secret["certificate"],
                "ssl.key.pem": secret["privateKey"],
            }
        elif kind == "SERVER_ROOT_CA_CERTIFICATE":
            security = {"security.protocol": "SSL", **security, "ssl.ca.pem": secret["certificate"]}
        else:
            raise ValueError(f"the embedded cloud does not know the access configuration {kind}")
    return security

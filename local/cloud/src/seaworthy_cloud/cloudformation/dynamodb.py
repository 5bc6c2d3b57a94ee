"""What the emulator's AWS::DynamoDB::Table leaves out."""

from __future__ import annotations

from seaworthy_cloud.client import client
from seaworthy_cloud.cloudformation.handlers import Properties, boolean, extend, present


def install() -> None:
    """Extend the table by point-in-time recovery, encryption and time to live."""
    extend("AWS::DynamoDB::Table", _apply)


def _apply(table: str, properties: Properties, old: Properties | None) -> None:
    dynamodb = client("dynamodb")
    if recovery := properties.get("PointInTimeRecoverySpecification"):
        enabled = boolean(recovery["PointInTimeRecoveryEnabled"])
        dynamodb.update_continuous_backups(
            TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": enabled}
        )
    if encryption := properties.get("SSESpecification"):
        dynamodb.update_table(
            TableName=table,
            SSESpecification=present(
                {
                    "Enabled": boolean(encryption["SSEEnabled"]),
                    "SSEType": encryption.get("SSEType"),
                    "KMSMasterKeyId": encryption.get("KMSMasterKeyId"),
                }
            ),
        )
    expiry = properties.get("TimeToLiveSpecification")
    if expiry and expiry != (old or {}).get("TimeToLiveSpecification"):
        dynamodb.update_time_to_live(
            TableName=table,
            TimeToLiveSpecification={
                "Enabled": boolean(expiry["Enabled"]),
                "AttributeName": expiry["AttributeName"],
            },
        )

"""Security configurations of Glue, which the emulator's CloudFormation lacks."""

from __future__ import annotations

from seaworthy_cloud.client import client
from seaworthy_cloud.cloudformation.handlers import Created, Properties, add, present


def install() -> None:
    """Add the security configuration."""
    add("AWS::Glue::SecurityConfiguration", _create, _update, _delete)


def _create(logical_id: str, properties: Properties, stack: str) -> Created:
    encryption = properties["EncryptionConfiguration"]
    client("glue").create_security_configuration(
        Name=properties["Name"],
        EncryptionConfiguration=present(
            {
                "S3Encryption": encryption.get("S3Encryptions"),
                "CloudWatchEncryption": encryption.get("CloudWatchEncryption"),
                "JobBookmarksEncryption": encryption.get("JobBookmarksEncryption"),
            }
        ),
    )
    return properties["Name"], {}


def _update(physical_id: str, old: Properties, new: Properties, stack: str) -> Created:
    """A security configuration can't be changed: it is replaced, under the same name or a new one."""
    _delete(physical_id, old)
    return _create(physical_id, new, stack)


def _delete(physical_id: str, properties: Properties) -> None:
    client("glue").delete_security_configuration(Name=physical_id)

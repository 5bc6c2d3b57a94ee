"""Security configurations and rule sets of Glue, which the emulator's CloudFormation lacks."""

from __future__ import annotations

from seaworthy_cloud.client import client
from seaworthy_cloud.cloudformation.handlers import Created, Properties, add, present


def install() -> None:
    """Add the security configuration and the rule set."""
    add("AWS::Glue::SecurityConfiguration", _create, _update, _delete)
    add("AWS::Glue::DataQualityRuleset", _create_ruleset, _update_ruleset, _delete_ruleset)


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


def _create_ruleset(logical_id: str, properties: Properties, stack: str) -> Created:
    names = ("Name", "Description", "Ruleset", "TargetTable", "Tags")
    client("glue").create_data_quality_ruleset(**present({name: properties.get(name) for name in names}))
    return properties["Name"], {}


def _update_ruleset(physical_id: str, old: Properties, new: Properties, stack: str) -> Created:
    """A rule set under another name, or of another table, is another one."""
    if any(old.get(name) != new.get(name) for name in ("Name", "TargetTable")):
        _delete_ruleset(physical_id, old)
        return _create_ruleset(physical_id, new, stack)
    changed = present({name: new.get(name) for name in ("Description", "Ruleset")})
    client("glue").update_data_quality_ruleset(Name=physical_id, **changed)
    return physical_id, {}


def _delete_ruleset(physical_id: str, properties: Properties) -> None:
    client("glue").delete_data_quality_ruleset(Name=physical_id)

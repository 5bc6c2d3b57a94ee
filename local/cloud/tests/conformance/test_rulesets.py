"""Rule sets of Glue's data quality, as a template declares them and as the API tells of them."""

from __future__ import annotations

import pytest
import stacks
from botocore.exceptions import ClientError
from stacks import resource

TABLE = {"DatabaseName": "history", "TableName": "loans"}


def ruleset(rules, table=TABLE):
    properties = {"Name": "rules", "Description": "of the gate", "Ruleset": rules, "TargetTable": table}
    return {"Rules": resource("AWS::Glue::DataQualityRuleset", properties)}


def test_a_rule_set_is_made_changed_and_deleted_with_its_stack(cloud):
    glue = cloud.client("glue")
    assert stacks.create(cloud, "rulesets", ruleset("Rules = [ RowCount > 0 ]")) == "CREATE_COMPLETE"
    found = glue.get_data_quality_ruleset(Name="rules")
    assert (found["Ruleset"], found["TargetTable"]) == ("Rules = [ RowCount > 0 ]", TABLE)
    assert [each["Name"] for each in glue.list_data_quality_rulesets()["Rulesets"]] == ["rules"]

    assert stacks.update(cloud, "rulesets", ruleset("Rules = [ RowCount > 9 ]")) == "UPDATE_COMPLETE"
    assert glue.get_data_quality_ruleset(Name="rules")["Ruleset"] == "Rules = [ RowCount > 9 ]"
    other = {**TABLE, "TableName": "others"}
    assert stacks.update(cloud, "rulesets", ruleset("Rules = [ RowCount > 9 ]", other)) == "UPDATE_COMPLETE"
    assert glue.get_data_quality_ruleset(Name="rules")["TargetTable"] == other

    assert stacks.delete(cloud, "rulesets") == "DELETE_COMPLETE"
    with pytest.raises(ClientError, match="EntityNotFoundException"):
        glue.get_data_quality_ruleset(Name="rules")


def test_two_rule_sets_of_one_name_are_refused(cloud):
    glue = cloud.client("glue")
    glue.create_data_quality_ruleset(Name="twice", Ruleset="Rules = [ RowCount > 0 ]")
    with pytest.raises(ClientError, match="AlreadyExistsException"):
        glue.create_data_quality_ruleset(Name="twice", Ruleset="Rules = [ RowCount > 0 ]")
    glue.delete_data_quality_ruleset(Name="twice")

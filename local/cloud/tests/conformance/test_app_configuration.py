"""AppConfig as AWS documents it: validated versions, watched deployments, roll-back, sessions with a pause.

https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/ and the service model of botocore, for reasons of errors.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from conftest import ACCOUNT, REGION, ROOT, wait_until
from functions import unique
from stacks import create, physical_id, reasons, resource

SCHEMA = Path(ROOT, "schemas/modes.schema.json").read_text()
NORMAL = {"mode": "normal", "reason": "as deployed", "by": "deployment"}
STOP = {"mode": "stop", "reason": "drill", "by": "staff-7"}


class Modes:
    """One application with its environment, profile and two strategies."""

    def __init__(self, cloud, validators=None, monitors=()):
        self.client = cloud.client("appconfig")
        self.data = cloud.client("appconfigdata")
        self.app = self.client.create_application(Name=unique("modes"))["Id"]
        self.environment = self.client.create_environment(
            ApplicationId=self.app, Name="live", Monitors=[{"AlarmArn": arn} for arn in monitors]
        )["Id"]
        self.profile = self.client.create_configuration_profile(
            ApplicationId=self.app,
            Name="mode",
            LocationUri="hosted",
            Validators=[{"Type": "JSON_SCHEMA", "Content": SCHEMA}] if validators is None else validators,
        )["Id"]
        self.strategies = {minutes: self._strategy(minutes) for minutes in (0, 5)}

    def _strategy(self, bake):
        return self.client.create_deployment_strategy(
            Name=unique("strategy"),
            DeploymentDurationInMinutes=0,
            GrowthFactor=100,
            FinalBakeTimeInMinutes=bake,
            ReplicateTo="NONE",
        )["Id"]

    def version(self, document):
        made = self.client.create_hosted_configuration_version(
            ApplicationId=self.app,
            ConfigurationProfileId=self.profile,
            Content=document if isinstance(document, bytes) else json.dumps(document).encode(),
            ContentType="application/json",
        )
        return made["VersionNumber"]

    def deploy(self, version, bake=0):
        return self.client.start_deployment(
            ApplicationId=self.app,
            EnvironmentId=self.environment,
            ConfigurationProfileId=self.profile,
            ConfigurationVersion=str(version),
            DeploymentStrategyId=self.strategies[bake],
        )["DeploymentNumber"]

    def state(self, number):
        place = {"ApplicationId": self.app, "EnvironmentId": self.environment}
        return self.client.get_deployment(**place, DeploymentNumber=number)["State"]

    def stop(self, number, **options):
        place = {"ApplicationId": self.app, "EnvironmentId": self.environment}
        return self.client.stop_deployment(**place, DeploymentNumber=number, **options)

    def session(self, **options):
        return self.data.start_configuration_session(
            ApplicationIdentifier=self.app,
            EnvironmentIdentifier=self.environment,
            ConfigurationProfileIdentifier=self.profile,
            **options,
        )["InitialConfigurationToken"]

    def served(self):
        """What a new session is given."""
        content = self.data.get_latest_configuration(ConfigurationToken=self.session())["Configuration"].read()
        return json.loads(content) if content else None


@pytest.fixture
def modes(cloud):
    return Modes(cloud)


def test_a_version_that_the_schema_lets_pass_is_served_once_it_is_deployed(modes):
    version = modes.version(NORMAL)
    assert modes.served() is None
    number = modes.deploy(version)
    assert modes.state(number) == "COMPLETE"
    assert modes.served() == NORMAL


@pytest.mark.parametrize(
    "document",
    [{**STOP, "mode": "halt"}, {"mode": "stop"}, {**STOP, "extra": 1}, {**STOP, "reason": ""}, b"not JSON"],
)
def test_what_the_schema_refuses_is_no_version_and_the_one_before_holds(modes, document):
    modes.deploy(modes.version(NORMAL))
    with pytest.raises(ClientError) as raised:
        modes.version(document)
    assert raised.value.response["Error"]["Code"] == "BadRequestException"
    assert raised.value.response["Reason"] == "InvalidConfiguration"
    assert modes.served() == NORMAL
    place = {"ApplicationId": modes.app, "ConfigurationProfileId": modes.profile}
    assert len(modes.client.list_hosted_configuration_versions(**place)["Items"]) == 1


def test_a_version_that_the_schema_refuses_by_now_is_not_deployed(modes):
    version = modes.version(STOP)
    strict = json.dumps({"type": "object", "required": ["ticket"]})
    modes.client.update_configuration_profile(
        ApplicationId=modes.app,
        ConfigurationProfileId=modes.profile,
        Validators=[{"Type": "JSON_SCHEMA", "Content": strict}],
    )
    with pytest.raises(ClientError, match="BadRequestException"):
        modes.deploy(version)
    assert modes.served() is None


def test_a_version_that_there_is_not_is_not_deployed(modes):
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        modes.deploy(7)


def test_a_lambda_validator_is_refused_by_name(cloud):
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:check"
    with pytest.raises(ClientError, match="LAMBDA is not run here"):
        Modes(cloud, validators=[{"Type": "LAMBDA", "Content": function}]).version(STOP)


def test_a_change_that_is_watched_is_served_and_in_the_way_of_another_until_it_is_stopped(modes):
    modes.deploy(modes.version(NORMAL))
    watched = modes.deploy(modes.version({**STOP, "mode": "degraded"}), bake=5)
    assert modes.state(watched) == "BAKING"
    assert modes.served()["mode"] == "degraded"
    stop = modes.version(STOP)
    with pytest.raises(ClientError, match="ConflictException"):
        modes.deploy(stop)
    modes.stop(watched, AllowRevert=True)
    assert modes.served() == NORMAL
    modes.deploy(stop)
    assert modes.served() == STOP


def test_an_alarm_that_rings_while_a_change_is_watched_rolls_it_back(cloud):
    name = unique("unreadable")
    cloudwatch = cloud.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="Conformance",
        MetricName=name,
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
    )
    modes = Modes(cloud, monitors=[f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}"])
    modes.deploy(modes.version(NORMAL))
    watched = modes.deploy(modes.version({**STOP, "mode": "degraded"}), bake=5)
    assert modes.served()["mode"] == "degraded"
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="instances can not read it")
    wait_until(lambda: modes.state(watched) == "ROLLED_BACK", "the change is rolled back")
    assert modes.served() == NORMAL


def test_a_session_is_given_what_changed_only_and_a_token_is_good_for_one_call(modes):
    modes.deploy(modes.version(NORMAL))
    token = modes.session()
    first = modes.data.get_latest_configuration(ConfigurationToken=token)
    assert json.loads(first["Configuration"].read()) == NORMAL
    with pytest.raises(ClientError, match="BadRequestException"):
        modes.data.get_latest_configuration(ConfigurationToken=token)


def test_a_session_that_is_asked_sooner_than_it_said_is_refused(modes):
    modes.deploy(modes.version(NORMAL))
    first = modes.data.get_latest_configuration(
        ConfigurationToken=modes.session(RequiredMinimumPollIntervalInSeconds=15)
    )
    assert first["NextPollIntervalInSeconds"] == 15
    with pytest.raises(ClientError) as raised:
        modes.data.get_latest_configuration(ConfigurationToken=first["NextPollConfigurationToken"])
    problem = raised.value.response["Details"]["InvalidParameters"]["ConfigurationToken"]["Problem"]
    assert problem == "PollIntervalNotSatisfied"


def test_a_stack_whose_configuration_its_schema_refuses_fails(cloud):
    name = unique("stack")
    app, profile = {"Ref": "App"}, {"Ref": "Profile"}
    template = {
        "App": resource("AWS::AppConfig::Application", {"Name": name}),
        "Profile": resource(
            "AWS::AppConfig::ConfigurationProfile",
            {
                "ApplicationId": app,
                "Name": "mode",
                "LocationUri": "hosted",
                "Validators": [{"Type": "JSON_SCHEMA", "Content": SCHEMA}],
            },
        ),
        "Version": resource(
            "AWS::AppConfig::HostedConfigurationVersion",
            {
                "ApplicationId": app,
                "ConfigurationProfileId": profile,
                "Content": json.dumps({**NORMAL, "mode": "full speed"}),
                "ContentType": "application/json",
            },
        ),
    }
    assert create(cloud, name, template) == "ROLLBACK_COMPLETE"
    assert "full speed" in "".join(reasons(cloud, name))
    template["Version"]["Properties"]["Content"] = json.dumps(NORMAL)
    good = unique("stack")
    assert create(cloud, good, template) == "CREATE_COMPLETE"
    assert physical_id(cloud, good, "Version") == "1"

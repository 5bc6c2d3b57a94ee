"""CloudFormation as AWS documents it: what a template says is there, and what can't be done fails."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError
from conftest import ACCOUNT
from stacks import create, output, physical_id, reasons, resource, update

KEY = resource("AWS::KMS::Key", {"KeyPolicy": {"Version": "2012-10-17", "Statement": []}, "EnableKeyRotation": True})


def test_an_unknown_type_fails_at_once(cloud):
    with pytest.raises(ClientError, match=r"Unrecognized resource types: \[AWS::QLDB::Ledger\]"):
        create(cloud, "unknown-type", {"Ledger": resource("AWS::QLDB::Ledger", {"PermissionsMode": "STANDARD"})})


def test_a_property_that_nothing_reads_fails_the_stack_and_leaves_nothing(cloud):
    name = "property-of-nothing"
    bucket = resource("AWS::S3::Bucket", {"BucketName": name, "AnalyticsConfigurations": [{"Id": "all"}]})
    assert create(cloud, name, {"Bucket": bucket}) == "ROLLBACK_COMPLETE"
    assert any("AnalyticsConfigurations" in reason for reason in reasons(cloud, name))
    assert name not in [each["Name"] for each in cloud.client("s3").list_buckets()["Buckets"]]


def test_exports_are_imported_and_kept_while_they_are(cloud):
    export = {"TopicArn": {"Value": {"Ref": "Topic"}, "Export": {"Name": "conformance-topic"}}}
    assert create(cloud, "exporter", {"Topic": resource("AWS::SNS::Topic", {})}, export) == "CREATE_COMPLETE"
    parameter = resource(
        "AWS::SSM::Parameter",
        {"Name": "imported", "Type": "String", "Value": {"Fn::ImportValue": "conformance-topic"}},
    )
    assert create(cloud, "importer", {"Parameter": parameter}) == "CREATE_COMPLETE"
    imported = cloud.client("ssm").get_parameter(Name="imported")["Parameter"]["Value"]
    assert imported == output(cloud, "exporter", "TopicArn")


def test_an_import_of_nothing_fails(cloud):
    parameter = resource("AWS::SSM::Parameter", {"Type": "String", "Value": {"Fn::ImportValue": "no-such-export"}})
    try:
        status = create(cloud, "importer-of-nothing", {"Parameter": parameter})
    except ClientError as error:
        assert "no-such-export" in str(error)
    else:
        assert status == "ROLLBACK_COMPLETE"
        assert any("no-such-export" in reason for reason in reasons(cloud, "importer-of-nothing"))


def test_a_table_has_recovery_encryption_and_expiry(cloud):
    table = resource(
        "AWS::DynamoDB::Table",
        {
            "TableName": "guarded",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
            "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": {"Fn::GetAtt": "Key.Arn"}},
            "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "expires"},
        },
    )
    assert create(cloud, "guarded-table", {"Key": KEY, "Table": table}) == "CREATE_COMPLETE"
    dynamodb = cloud.client("dynamodb")
    backups = dynamodb.describe_continuous_backups(TableName="guarded")["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    encryption = dynamodb.describe_table(TableName="guarded")["Table"]["SSEDescription"]
    assert (encryption["Status"], encryption["SSEType"]) == ("ENABLED", "KMS")
    assert physical_id(cloud, "guarded-table", "Key") in encryption["KMSMasterKeyArn"]
    expiry = dynamodb.describe_time_to_live(TableName="guarded")["TimeToLiveDescription"]
    assert (expiry["TimeToLiveStatus"], expiry["AttributeName"]) == ("ENABLED", "expires")


def test_a_function_has_the_concurrency_that_is_reserved_for_it(cloud):
    def function(**settings):
        code = {"ZipFile": "exports.handler = async () => 1;"}
        role = f"arn:aws:iam::{ACCOUNT}:role/function"
        fixed = {"Runtime": "nodejs24.x", "Handler": "index.handler", "Role": role, "Code": code}
        return {"Function": resource("AWS::Lambda::Function", {**fixed, **settings})}

    assert create(cloud, "reserved", function(ReservedConcurrentExecutions=1)) == "CREATE_COMPLETE"
    name = physical_id(cloud, "reserved", "Function")
    concurrency = cloud.client("lambda").get_function_concurrency
    assert concurrency(FunctionName=name)["ReservedConcurrentExecutions"] == 1
    assert update(cloud, "reserved", function(Description="freed")) == "UPDATE_COMPLETE"
    assert "ReservedConcurrentExecutions" not in concurrency(FunctionName=name)


def test_streams_and_topics_are_encrypted_with_the_customers_key(cloud):
    stream = {"StreamModeDetails": {"StreamMode": "ON_DEMAND"}}
    encrypted = {"StreamEncryption": {"EncryptionType": "KMS", "KeyId": {"Fn::GetAtt": "Key.Arn"}}}
    resources = {
        "Key": KEY,
        "Stream": resource("AWS::Kinesis::Stream", {"Name": "encrypted", **stream, **encrypted}),
        "Topic": resource("AWS::SNS::Topic", {"KmsMasterKeyId": {"Fn::GetAtt": "Key.Arn"}}),
    }
    assert create(cloud, "encrypted", resources) == "CREATE_COMPLETE"
    key = physical_id(cloud, "encrypted", "Key")
    summary = cloud.client("kinesis").describe_stream_summary(StreamName="encrypted")["StreamDescriptionSummary"]
    assert (summary["EncryptionType"], summary["KeyId"].endswith(key)) == ("KMS", True)
    topic = cloud.client("sns").get_topic_attributes(TopicArn=physical_id(cloud, "encrypted", "Topic"))["Attributes"]
    assert topic["KmsMasterKeyId"].endswith(key)


def test_a_key_for_codes_makes_and_checks_them(cloud):
    key = {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}
    policy = {"KeyPolicy": {"Version": "2012-10-17", "Statement": []}}
    assert create(cloud, "codes", {"Key": resource("AWS::KMS::Key", {**key, **policy})}) == "CREATE_COMPLETE"
    kms = cloud.client("kms")
    request = {"KeyId": physical_id(cloud, "codes", "Key"), "Message": b"purpose", "MacAlgorithm": "HMAC_SHA_256"}
    code = kms.generate_mac(**request)["Mac"]
    assert (len(code), kms.generate_mac(**request)["Mac"]) == (32, code)
    assert kms.verify_mac(**request, Mac=code)["MacValid"]


def test_a_network_of_isolated_subnets(cloud):
    vpc = {"VpcId": {"Ref": "Vpc"}}
    resources = {
        "Vpc": resource("AWS::EC2::VPC", {"CidrBlock": "10.7.0.0/16"}),
        "Group": resource("AWS::EC2::SecurityGroup", {"GroupDescription": "clients", **vpc}),
        "Rule": resource(
            "AWS::EC2::SecurityGroupIngress",
            {
                "GroupId": {"Ref": "Group"},
                "IpProtocol": "tcp",
                "FromPort": 443,
                "ToPort": 443,
                "CidrIp": {"Fn::GetAtt": "Vpc.CidrBlock"},
            },
        ),
        "Logs": resource("AWS::Logs::LogGroup", {"LogGroupName": "flows", "RetentionInDays": 7}),
        "FlowLog": resource(
            "AWS::EC2::FlowLog",
            {
                "ResourceId": {"Ref": "Vpc"},
                "ResourceType": "VPC",
                "TrafficType": "ALL",
                "LogGroupName": {"Ref": "Logs"},
                "DeliverLogsPermissionArn": "arn:aws:iam::000000000000:role/flows",
            },
        ),
    }
    assert create(cloud, "network", resources) == "CREATE_COMPLETE"
    ec2 = cloud.client("ec2")
    (group,) = ec2.describe_security_groups(GroupIds=[physical_id(cloud, "network", "Group")])["SecurityGroups"]
    (permission,) = group["IpPermissions"]
    assert (permission["FromPort"], permission["IpRanges"][0]["CidrIp"]) == (443, "10.7.0.0/16")
    (flow_log,) = ec2.describe_flow_logs(FlowLogIds=[physical_id(cloud, "network", "FlowLog")])["FlowLogs"]
    assert (flow_log["ResourceId"], flow_log["TrafficType"]) == (physical_id(cloud, "network", "Vpc"), "ALL")
    closed = {name: each for name, each in resources.items() if name != "Rule"}
    assert update(cloud, "network", closed) == "UPDATE_COMPLETE"
    (group,) = ec2.describe_security_groups(GroupIds=[physical_id(cloud, "network", "Group")])["SecurityGroups"]
    assert group["IpPermissions"] == []


def test_alarms_on_metric_math_and_composite_alarms_keep_what_the_template_says(cloud):
    statistic = {"Metric": {"Namespace": "App", "MetricName": "Failed"}, "Period": 60, "Stat": "Sum"}
    rule = {"EvaluationPeriods": 1, "Threshold": 5, "ComparisonOperator": "GreaterThanThreshold"}
    resources = {
        "Share": resource(
            "AWS::CloudWatch::Alarm",
            {
                "AlarmName": "share",
                "Metrics": [
                    {"Id": "share", "Expression": "100 * failed", "ReturnData": True},
                    {"Id": "failed", "MetricStat": statistic, "ReturnData": False},
                ],
                **rule,
            },
        ),
        "Any": resource(
            "AWS::CloudWatch::CompositeAlarm",
            {"AlarmName": "any", "AlarmRule": {"Fn::Sub": 'ALARM("${Share}")'}},
        ),
    }
    assert create(cloud, "alarms", resources) == "CREATE_COMPLETE"
    cloudwatch = cloud.client("cloudwatch")
    (share,) = cloudwatch.describe_alarms(AlarmNames=["share"])["MetricAlarms"]
    assert [metric["Id"] for metric in share["Metrics"]] == ["share", "failed"]
    (composite,) = cloudwatch.describe_alarms(AlarmNames=["any"], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    assert composite["AlarmRule"] == 'ALARM("share")'


def test_a_scalable_target_of_impossible_bounds_fails(cloud):
    target = {
        "MinCapacity": 4,
        "MaxCapacity": 2,
        "ResourceId": "service/a/b",
        "ScalableDimension": "ecs:service:DesiredCount",
        "ServiceNamespace": "ecs",
    }
    resources = {"Target": resource("AWS::ApplicationAutoScaling::ScalableTarget", target)}
    assert create(cloud, "bounds", resources) == "ROLLBACK_COMPLETE"
    assert reasons(cloud, "bounds")[-1].startswith("Target: MinCapacity 4 is above MaxCapacity 2")


def test_an_executed_change_set_is_done_when_the_call_is_answered(cloud):
    cloudformation = cloud.client("cloudformation")
    template = json.dumps({"Resources": {"Topic": resource("AWS::SNS::Topic", {})}})
    names = {"StackName": "held", "ChangeSetName": "first"}
    cloudformation.create_change_set(**names, ChangeSetType="CREATE", TemplateBody=template)
    cloudformation.execute_change_set(**names)
    (stack,) = cloudformation.describe_stacks(StackName="held")["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"

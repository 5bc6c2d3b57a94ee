"""What hangs on Glue job runs: Step Functions, EventBridge, CloudFormation, encrypted logs."""

from __future__ import annotations

import json

import pytest
from conftest import wait_until
from glue_jobs import Jobs

ROLE = "arn:aws:iam::000000000000:role/any"


@pytest.fixture
def jobs(cloud_with_spark, request):
    return Jobs(cloud_with_spark, request.node.name)


def execute(jobs, resource):
    """Run a state machine of one task with the job as its input; returns the execution's description."""
    states = jobs.cloud.client("stepfunctions")
    task = {
        "Type": "Task",
        "Resource": f"arn:aws:states:::glue:{resource}",
        "Parameters": {"JobName.$": "$.job"},
        "End": True,
    }
    definition = json.dumps({"StartAt": "Job", "States": {"Job": task}})
    machine = states.create_state_machine(name=jobs.name, definition=definition, roleArn=ROLE)["stateMachineArn"]
    execution = states.start_execution(stateMachineArn=machine, input=json.dumps({"job": jobs.name}))["executionArn"]

    def ended():
        found = states.describe_execution(executionArn=execution)
        return found if found["status"] != "RUNNING" else None

    return wait_until(ended, "the execution has ended")


def test_a_task_waits_for_the_run_and_answers_it(jobs):
    jobs.create("print('done')")
    execution = execute(jobs, "startJobRun.sync")
    assert execution["status"] == "SUCCEEDED"
    output = json.loads(execution["output"])
    assert (output["JobName"], output["JobRunState"]) == (jobs.name, "SUCCEEDED")
    assert jobs.read(jobs.name, output["Id"])["JobRunState"] == "SUCCEEDED"


def test_a_task_fails_with_its_run(jobs):
    jobs.create("raise ValueError('bad rows')")
    execution = execute(jobs, "startJobRun.sync")
    assert (execution["status"], execution["error"]) == ("FAILED", "States.TaskFailed")
    assert json.loads(execution["cause"])["ErrorMessage"] == "ValueError: bad rows"


def test_a_task_fails_with_the_error_of_the_start(jobs):
    execution = execute(jobs, "startJobRun")
    assert (execution["status"], execution["error"]) == ("FAILED", "Glue.EntityNotFoundException")


@pytest.mark.parametrize(("script", "state"), [("print(1)", "SUCCEEDED"), ("raise ValueError('bad')", "FAILED")])
def test_the_end_of_a_run_is_an_event(jobs, script, state):
    events, sqs = jobs.cloud.client("events"), jobs.cloud.client("sqs")
    queue = sqs.create_queue(QueueName=f"glue-{state}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["aws.glue"], "detail-type": ["Glue Job State Change"], "detail": {"state": [state]}}
    events.put_rule(Name=f"glue-{state}", EventPattern=json.dumps(pattern))
    events.put_targets(Rule=f"glue-{state}", Targets=[{"Id": "queue", "Arn": arn}])
    run = jobs.run(jobs.create(script))
    message = wait_until(lambda: sqs.receive_message(QueueUrl=queue).get("Messages"), "the event arrives")[0]
    detail = json.loads(message["Body"])["detail"]
    assert (detail["jobName"], detail["jobRunId"], detail["state"]) == (jobs.name, run["Id"], state)


def test_a_job_of_a_template_keeps_its_limit_of_runs(jobs):
    jobs.create("print(1)")
    command = jobs.glue.get_job(JobName=jobs.name)["Job"]["Command"]
    job = {
        "Type": "AWS::Glue::Job",
        "Properties": {
            "Name": "of-template",
            "Role": ROLE,
            "GlueVersion": "5.1",
            "Command": command,
            "ExecutionProperty": {"MaxConcurrentRuns": 3},
            "ExecutionClass": "FLEX",
            "JobRunQueuingEnabled": False,
        },
    }
    formation = jobs.cloud.client("cloudformation")
    formation.create_stack(StackName="glue", TemplateBody=json.dumps({"Resources": {"Job": job}}))
    formation.get_waiter("stack_create_complete").wait(StackName="glue", WaiterConfig={"Delay": 1})
    found = jobs.glue.get_job(JobName="of-template")["Job"]
    assert (found["ExecutionProperty"], found["ExecutionClass"]) == ({"MaxConcurrentRuns": 3}, "FLEX")


def test_encrypted_logs_are_in_groups_named_after_configuration_and_role(jobs):
    encryption = {"CloudWatchEncryption": {"CloudWatchEncryptionMode": "SSE-KMS", "KmsKeyArn": "arn:aws:kms:::key/k"}}
    jobs.glue.create_security_configuration(Name="sealed", EncryptionConfiguration=encryption)
    run = jobs.run(jobs.create("print('hello')", SecurityConfiguration="sealed"))
    assert run["LogGroupName"] == "/aws-glue/jobs/sealed-role/glue"
    assert jobs.log("/aws-glue/jobs/sealed-role/glue/output", run["Id"]) == ["hello"]


def test_a_group_prefix_of_the_job_is_kept_to(jobs):
    run = jobs.run(jobs.create("print('hello')", DefaultArguments={"--custom-logGroup-prefix": "/seaworthy/history"}))
    assert jobs.log("/seaworthy/history/output", run["Id"]) == ["hello"]

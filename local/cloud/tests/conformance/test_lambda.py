"""Functions with a Node runtime, and how they are invoked.

https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html, .../nodejs-exceptions.html and
.../configuration-envvars.html
"""

from __future__ import annotations

import contextlib
import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import ACCOUNT, REGION, wait_until
from functions import create_function, function_arn, invoke, unique, zipped


def test_a_function_gets_its_event_and_answers_with_a_value(cloud):
    function = create_function(cloud, "export const handler = async (event) => ({ got: event });")
    answer, payload = invoke(cloud, function, {"name": "Zoë", "nul": "\u0000"})
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    assert payload == {"got": {"name": "Zoë", "nul": "\u0000"}}


@pytest.mark.parametrize(
    "module",
    ["export const handler = async () => {};", "export const handler = () => undefined;"],
)
def test_nothing_is_null(cloud, module):
    assert invoke(cloud, create_function(cloud, module))[1] is None


def test_a_commonjs_module_and_a_nested_handler(cloud):
    code = zipped("exports.handler = async () => process.version;", "source/app.js")
    name = create_function(cloud, "", Handler="source/app.handler", Code={"ZipFile": code})
    assert invoke(cloud, name)[1].startswith("v24.")


def test_the_context_tells_of_the_invocation(cloud):
    code = """
export const handler = async (event, context) => ({
  ...context,
  left: context.getRemainingTimeInMillis(),
  trace: process.env._X_AMZN_TRACE_ID ?? null,
});
"""
    function = create_function(cloud, code, Timeout=7, MemorySize=256, TracingConfig={"Mode": "Active"})
    _, context = invoke(cloud, function)
    assert 0 < context.pop("left") <= 7000
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=1", context.pop("trace"))
    assert re.fullmatch(r"[0-9a-f-]{36}", context.pop("awsRequestId"))
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", context.pop("logStreamName"))
    assert context.pop("callbackWaitsForEmptyEventLoop") is True
    assert context == {
        "functionName": function,
        "functionVersion": "$LATEST",
        "memoryLimitInMB": "256",
        "logGroupName": f"/aws/lambda/{function}",
        "invokedFunctionArn": function_arn(function),
    }


def test_the_environment_is_the_functions_own_and_what_aws_defines(cloud):
    function = create_function(
        cloud,
        "export const handler = async () => process.env;",
        Environment={"Variables": {"SETTING": "some value", "NODE_OPTIONS": "--no-warnings"}},
    )
    environment = invoke(cloud, function)[1]
    assert environment["SETTING"] == "some value"
    assert environment["AWS_ENDPOINT_URL"] == cloud.endpoint
    assert environment["AWS_EXECUTION_ENV"] == "AWS_Lambda_nodejs24.x"
    assert (environment["AWS_REGION"], environment["TZ"], environment["_HANDLER"]) == (REGION, ":UTC", "index.handler")
    known = re.compile(r"(SETTING|NODE_OPTIONS|NODE_PATH|LANG|TZ|PATH|_HANDLER|LAMBDA_(TASK_ROOT|RUNTIME_DIR)|AWS_\w+)")
    assert [name for name in environment if not known.fullmatch(name)] == []


def test_the_sdk_of_the_runtime_reaches_the_cloud(cloud):
    code = """
import { S3Client, ListBucketsCommand } from '@aws-sdk/client-s3';
export const handler = async () => {
  const { Buckets } = await new S3Client({}).send(new ListBucketsCommand({}));
  return Buckets.map(({ Name }) => Name);
};
"""
    bucket = unique("bucket")
    cloud.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    assert bucket in invoke(cloud, create_function(cloud, code, Timeout=20))[1]


def test_an_error_keeps_its_type_message_and_trace(cloud):
    code = """
class NoSuchLoan extends Error { name = 'NoSuchLoan'; }
export const handler = async () => { throw new NoSuchLoan('loan 7'); };
"""
    answer, payload = invoke(cloud, create_function(cloud, code))
    assert answer["FunctionError"] == "Unhandled"
    assert (payload["errorType"], payload["errorMessage"]) == ("NoSuchLoan", "loan 7")
    assert payload["trace"][0] == "NoSuchLoan: loan 7"


def test_a_thrown_value_that_is_no_error(cloud):
    function = create_function(cloud, "export const handler = async () => { throw 'a word'; };")
    assert invoke(cloud, function)[1] == {"errorType": "string", "errorMessage": "a word", "trace": []}


def test_an_error_leaves_the_environment_as_it_is(cloud):
    code = """
let count = 0;
export const handler = async (event) => { count += 1; if (event.fail) throw new Error('once'); return count; };
"""
    function = create_function(cloud, code)
    assert [invoke(cloud, function, {"fail": fail})[1] for fail in (False, True, False)][2] == 3


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("export const other = 1;", "Runtime.HandlerNotFound"),
        ("import 'no-such-package'; export const handler = async () => 1;", "Runtime.ImportModuleError"),
        ("export const handler = async () => {", "Runtime.UserCodeSyntaxError"),
        ("throw new TypeError('at start');", "TypeError"),
        (
            "export const handler = (event, context, callback) => callback(null, 1);",
            "Runtime.CallbackHandlerDeprecated",
        ),
    ],
)
def test_a_module_that_can_not_be_used(cloud, code, error):
    function = create_function(cloud, code)
    for _ in range(2):
        answer, payload = invoke(cloud, function)
        assert (answer["FunctionError"], payload["errorType"]) == ("Unhandled", error)


def test_a_function_that_takes_too_long_is_ended(cloud):
    code = """
let count = 0;
export const handler = async (event) => {
  count += 1;
  if (event.hang) await new Promise(() => setTimeout(() => {}, 60_000));
  return count;
};
"""
    function = create_function(cloud, code, Timeout=1)
    assert invoke(cloud, function, {})[1] == 1
    answer, payload = invoke(cloud, function, {"hang": True})
    assert (answer["FunctionError"], payload["errorType"]) == ("Unhandled", "Sandbox.Timedout")
    assert payload["errorMessage"].endswith("Error: Task timed out after 1.00 seconds")
    assert invoke(cloud, function, {})[1] == 1, "the next invocation has a new environment"


def test_a_function_that_blocks_its_thread_is_ended_too(cloud):
    function = create_function(cloud, "export const handler = async () => { for (;;); };", Timeout=1)
    assert invoke(cloud, function, "x" * 3_000_000)[1]["errorType"] == "Sandbox.Timedout"


def test_a_function_that_exits(cloud):
    function = create_function(cloud, "export const handler = async () => process.exit(3);")
    payload = invoke(cloud, function)[1]
    assert payload["errorType"] == "Runtime.ExitError"
    assert payload["errorMessage"].endswith("Error: Runtime exited with error: exit status 3")


def test_a_rejection_that_nobody_handles(cloud):
    code = """
export const handler = async () => {
  Promise.reject(new Error('lost'));
  await new Promise(() => setTimeout(() => {}, 5000));
};
"""
    payload = invoke(cloud, create_function(cloud, code, Timeout=10))[1]
    assert payload["errorType"] == "Runtime.UnhandledPromiseRejection"
    assert payload["errorMessage"].startswith("Error: lost")


def test_large_payloads_go_both_ways_and_an_answer_over_six_megabytes_is_an_error(cloud):
    function = create_function(cloud, "export const handler = async (event) => event.text.repeat(event.times);")
    assert len(invoke(cloud, function, {"text": "é" * 1_000_000, "times": 2})[1]) == 2_000_000
    payload = invoke(cloud, function, {"text": "x" * 4_000_000, "times": 2})[1]
    assert payload["errorType"] == "Function.ResponseSizeTooLarge"


def test_reserved_concurrency_throttles(cloud):
    function = create_function(cloud, "export const handler = async () => 1;")
    lambda_ = cloud.client("lambda")
    lambda_.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    with pytest.raises(lambda_.exceptions.TooManyRequestsException) as throttled:
        lambda_.invoke(FunctionName=function)
    assert throttled.value.response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"


def test_an_asynchronous_event_that_fails_goes_to_the_failure_destination(cloud):
    function = create_function(cloud, "export const handler = async () => { throw new RangeError('never'); };")
    queue = cloud.client("sqs").create_queue(QueueName=unique("failures"))["QueueUrl"]
    cloud.client("lambda").put_function_event_invoke_config(
        FunctionName=function,
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue.rsplit('/', 1)[-1]}"}},
    )
    answer = cloud.client("lambda").invoke(FunctionName=function, InvocationType="Event", Payload=b'{"a":1}')
    assert answer["StatusCode"] == 202
    sqs = cloud.client("sqs")
    (message,) = wait_until(lambda: sqs.receive_message(QueueUrl=queue).get("Messages"), "the failure is told")
    failure = json.loads(message["Body"])
    assert failure["responsePayload"]["errorType"] == "RangeError"
    assert failure["requestPayload"] == {"a": 1}


def test_a_state_machine_catches_an_error_by_its_name(cloud):
    code = "export const handler = async () => { const e = new Error('x'); e.name = 'Refused'; throw e; };"
    task = {"Type": "Task", "Resource": function_arn(create_function(cloud, code)), "End": True}
    caught = {"Type": "Pass", "Result": "caught", "End": True}
    catch = [{"ErrorEquals": ["Refused"], "Next": "Caught"}]
    definition = {"StartAt": "Ask", "States": {"Ask": {**task, "Catch": catch}, "Caught": caught}}
    states = cloud.client("stepfunctions")
    machine = states.create_state_machine(
        name=unique("machine"), definition=json.dumps(definition), roleArn=f"arn:aws:iam::{ACCOUNT}:role/machine"
    )["stateMachineArn"]
    execution = states.start_execution(stateMachineArn=machine)["executionArn"]
    wait_until(lambda: states.describe_execution(executionArn=execution)["status"] != "RUNNING", "it ends")
    ended = states.describe_execution(executionArn=execution)
    assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", "caught")


def test_code_that_is_updated_is_used(cloud):
    function = create_function(cloud, "export const handler = async () => 'old';")
    assert invoke(cloud, function)[1] == "old"
    code = zipped("export const handler = async () => 'new';")
    cloud.client("lambda").update_function_code(FunctionName=function, ZipFile=code)
    assert invoke(cloud, function)[1] == "new"


def test_settings_that_are_updated_are_used(cloud):
    function = create_function(cloud, "export const handler = async () => process.env.WORD ?? null;")
    assert invoke(cloud, function)[1] is None
    cloud.client("lambda").update_function_configuration(
        FunctionName=function, Environment={"Variables": {"WORD": "set"}}
    )
    assert invoke(cloud, function)[1] == "set"


def test_a_function_that_is_deleted_while_it_runs_ends_its_invocation(cloud):
    code = "export const handler = async () => { await new Promise((done) => setTimeout(done, 30_000)); };"
    function = create_function(cloud, code, Timeout=60)
    with ThreadPoolExecutor() as pool:
        running = pool.submit(invoke, cloud, function)
        wait_until(lambda: node_processes(cloud, function), "the function runs")
        cloud.client("lambda").delete_function(FunctionName=function)
        assert running.result(timeout=20)[1]["errorType"] == "Runtime.ExitError"
    assert node_processes(cloud, function) == []


def node_processes(cloud, function):
    """The processes that run a function of this cloud."""
    wanted = {f"AWS_LAMBDA_FUNCTION_NAME={function}".encode(), f"AWS_ENDPOINT_URL={cloud.endpoint}".encode()}
    found = []
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if folder.name.isdigit() and wanted <= set((folder / "environ").read_bytes().split(b"\0")):
                found.append(folder.name)
    return found

"""What a function writes, and what Lambda writes of it; see test_lambda.py for the sources."""

from __future__ import annotations

import json
import re

from functions import create_function, invoke, log_lines


def test_the_log_has_lambdas_own_lines_and_those_of_the_function(cloud):
    code = """
export const handler = async () => {
  console.log('hello', { a: 1 });
  console.error('oh');
  process.stdout.write('plain\\n');
  throw new Error('bad');
};
"""
    function = create_function(cloud, code)
    answer, _ = invoke(cloud, function)
    start, hello, oh, plain, error, end, report = log_lines(cloud, function)
    request = start.removeprefix("START RequestId: ").removesuffix(" Version: $LATEST")
    assert re.fullmatch(rf"\S+Z\t{request}\tINFO\thello {{ a: 1 }}", hello)
    assert re.fullmatch(rf"\S+Z\t{request}\tERROR\toh", oh)
    assert plain == "plain"
    assert "\tERROR\tInvoke Error\t" in error
    assert json.loads(error.split("\t")[-1])["errorMessage"] == "bad"
    assert end == f"END RequestId: {request}"
    assert re.match(
        rf"REPORT RequestId: {request}\tDuration: \S+ ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB", report
    )
    assert "Init Duration" in report
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_no_line_of_a_long_log_is_lost(cloud):
    code = """
export const handler = async () => {
  for (let n = 0; n < 9_000; n += 1) process.stdout.write(`line ${n}\\n`);
};
"""
    function = create_function(cloud, code, Timeout=30)
    invoke(cloud, function)
    assert [line for line in log_lines(cloud, function) if line.startswith("line")] == [
        f"line {n}" for n in range(9_000)
    ]


def test_an_environment_writes_to_one_log_stream(cloud):
    function = create_function(cloud, "export const handler = async () => 1;")
    for _ in range(3):
        invoke(cloud, function)
    streams = cloud.client("logs").describe_log_streams(logGroupName=f"/aws/lambda/{function}")["logStreams"]
    assert len(streams) == 1


def test_json_logging(cloud):
    code = "export const handler = async () => console.warn('careful');"
    function = create_function(cloud, code, LoggingConfig={"LogFormat": "JSON"})
    invoke(cloud, function)
    (line,) = [json.loads(line) for line in log_lines(cloud, function) if "careful" in line]
    assert (line["level"], line["message"]) == ("WARN", "careful")

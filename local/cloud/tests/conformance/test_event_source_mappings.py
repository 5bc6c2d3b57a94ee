"""Event source mappings of streams.

https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-create.html,
.../services-kinesis-batchfailurereporting.html and .../kinesis-on-failure-destination.html
"""

from __future__ import annotations

import pytest
from conftest import ACCOUNT, REGION, wait_until
from functions import create_function, create_stream, map_stream, put, said
from mappings import CONSUMER, REPORTS_BAD, TELL, THROWS_ON_BAD, letters, received, sqs_destination


def test_an_event_has_the_fields_of_a_kinesis_event(cloud):
    function = create_function(cloud, TELL + "export const handler = async (event) => say(event);")
    stream, arn = create_stream(cloud)
    (number,) = put(cloud, stream, ("some-key", "hello"))
    map_stream(cloud, arn, function)
    (event,) = wait_until(lambda: said(cloud, function), "the record arrives")
    (record,) = event["Records"]
    assert record["kinesis"].pop("approximateArrivalTimestamp") > 1_700_000_000
    assert record == {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": "some-key",
            "sequenceNumber": number,
            "data": "aGVsbG8=",
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"shardId-000000000000:{number}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": f"arn:aws:iam::{ACCOUNT}:role/function",
        "awsRegion": REGION,
        "eventSourceARN": arn,
    }


def test_a_batch_has_at_most_the_batch_size_and_records_come_in_order(cloud):
    function = create_function(cloud, CONSUMER)
    stream, arn = create_stream(cloud)
    put(cloud, stream, *letters("abcdefg"))
    map_stream(cloud, arn, function, BatchSize=3)
    wait_until(lambda: sum(len(batch) for batch in said(cloud, function)) == 7, "all records arrive")
    assert said(cloud, function) == [["a", "b", "c"], ["d", "e", "f"], ["g"]]


def test_the_batch_size_is_100_if_nothing_is_said(cloud):
    function = create_function(cloud, CONSUMER)
    mapping = map_stream(cloud, create_stream(cloud)[1], function)
    assert cloud.client("lambda").get_event_source_mapping(UUID=mapping)["BatchSize"] == 100


def test_a_batch_holds_no_more_than_an_invocation_takes(cloud):
    function = create_function(cloud, TELL + "export const handler = async (event) => say(event.Records.length);")
    stream, arn = create_stream(cloud)
    for _ in range(2):
        put(cloud, stream, *[("key", "x" * 900_000)] * 4)
    map_stream(cloud, arn, function)
    wait_until(lambda: sum(said(cloud, function)) == 8, "all records arrive")
    # 900 kB are 1.2 MB in base64, of which 6 MB hold five.
    assert max(said(cloud, function)) <= 5


def test_the_window_gathers_records_into_one_batch(cloud):
    function = create_function(cloud, CONSUMER)
    stream, arn = create_stream(cloud)
    map_stream(cloud, arn, function, MaximumBatchingWindowInSeconds=3)
    for letter in "abc":
        put(cloud, stream, *letters(letter))
    assert wait_until(lambda: said(cloud, function), "the batch arrives") == [["a", "b", "c"]]


def test_latest_reads_what_is_put_after_the_mapping_was_made(cloud):
    function = create_function(cloud, CONSUMER)
    stream, arn = create_stream(cloud)
    put(cloud, stream, *letters("a"))
    map_stream(cloud, arn, function, StartingPosition="LATEST")
    put(cloud, stream, *letters("b"))
    assert wait_until(lambda: said(cloud, function), "a record arrives") == [["b"]]


def test_a_batch_whose_function_throws_is_delivered_again_and_blocks_its_shard(cloud):
    function = create_function(cloud, THROWS_ON_BAD)
    stream, arn = create_stream(cloud)
    put(cloud, stream, *letters("a"), ("key", "bad"))
    mapping = map_stream(cloud, arn, function, MaximumRetryAttempts=2, BatchSize=2)
    put(cloud, stream, *letters("c"))
    wait_until(lambda: ["c"] in said(cloud, function), "the record behind arrives")
    assert said(cloud, function) == [["a", "bad"]] * 3 + [["c"]]
    assert cloud.client("lambda").get_event_source_mapping(UUID=mapping)["LastProcessingResult"] == "OK"


def test_without_a_limit_a_batch_is_retried_for_ever(cloud):
    function = create_function(cloud, THROWS_ON_BAD)
    stream, arn = create_stream(cloud)
    put(cloud, stream, ("key", "bad"), *letters("b"))
    mapping = map_stream(cloud, arn, function, BatchSize=1)
    wait_until(lambda: len(said(cloud, function)) > 4, "the record has been retried")
    assert all(batch == ["bad"] for batch in said(cloud, function))
    described = cloud.client("lambda").get_event_source_mapping(UUID=mapping)
    assert described["LastProcessingResult"] == "PROBLEM: Function call failed"
    cloud.client("lambda").delete_event_source_mapping(UUID=mapping)


def test_a_report_repeats_from_the_lowest_reported_record_on(cloud):
    function = create_function(cloud, REPORTS_BAD)
    stream, arn = create_stream(cloud)
    put(cloud, stream, *letters("ab"), ("key", "bad"), *letters("d"), ("key", "bad"), *letters("f"))
    map_stream(cloud, arn, function, FunctionResponseTypes=["ReportBatchItemFailures"], MaximumRetryAttempts=1)
    wait_until(lambda: len(said(cloud, function)) >= 2, "the batch was delivered again")
    assert said(cloud, function)[:2] == [["a", "b", "bad", "d", "bad", "f"], ["bad", "d", "bad", "f"]]


@pytest.mark.parametrize("answer", ["null", "{}", "{ batchItemFailures: [] }", "''", "{ batchItemFailures: null }"])
def test_these_answers_mean_that_all_succeeded(cloud, answer):
    code = TELL + f"export const handler = async (event) => {{ say(datas(event)); return {answer}; }};"
    function = create_function(cloud, code)
    stream, arn = create_stream(cloud)
    put(cloud, stream, *letters("a"))
    map_stream(cloud, arn, function, FunctionResponseTypes=["ReportBatchItemFailures"], BatchSize=1)
    put(cloud, stream, *letters("b"))
    wait_until(lambda: ["b"] in said(cloud, function), "the next record arrives")
    assert said(cloud, function) == [["a"], ["b"]]


@pytest.mark.parametrize(
    "answer",
    [
        "{ batchItemFailures: [{ itemIdentifier: '' }] }",
        "{ batchItemFailures: [{ itemIdentifier: null }] }",
        "{ batchItemFailures: [{ itemIdentifier: 'of another batch' }] }",
        "{ batchItemFailures: [{ wrong: 'key' }] }",
        "'no object'",
    ],
)
def test_these_answers_mean_that_all_failed(cloud, answer):
    code = TELL + f"export const handler = async (event) => {{ say(datas(event)); return {answer}; }};"
    function = create_function(cloud, code)
    stream, arn = create_stream(cloud)
    put(cloud, stream, *letters("ab"))
    types = ["ReportBatchItemFailures"]
    mapping = map_stream(cloud, arn, function, FunctionResponseTypes=types, MaximumRetryAttempts=1)
    wait_until(lambda: len(said(cloud, function)) >= 2, "the batch was delivered again")
    assert said(cloud, function) == [["a", "b"], ["a", "b"]]
    cloud.client("lambda").delete_event_source_mapping(UUID=mapping)


def test_a_report_counts_only_if_the_mapping_says_so(cloud):
    function = create_function(cloud, REPORTS_BAD)
    stream, arn = create_stream(cloud)
    put(cloud, stream, ("key", "bad"))
    map_stream(cloud, arn, function, BatchSize=1)
    put(cloud, stream, *letters("b"))
    wait_until(lambda: ["b"] in said(cloud, function), "the next record arrives")
    assert said(cloud, function) == [["bad"], ["b"]]


def test_splitting_isolates_a_bad_record_and_uses_up_no_retries(cloud):
    function = create_function(cloud, THROWS_ON_BAD)
    stream, arn = create_stream(cloud)
    queue, destination = sqs_destination(cloud)
    put(cloud, stream, *letters("ab"), ("key", "bad"), *letters("d"))
    map_stream(
        cloud, arn, function, BisectBatchOnFunctionError=True, MaximumRetryAttempts=1, DestinationConfig=destination
    )
    wait_until(lambda: ["d"] in said(cloud, function), "the last record arrives")
    whole, halves = ["a", "b", "bad", "d"], [["a", "b"], ["bad", "d"]]
    assert said(cloud, function) == [whole, *halves, ["bad"], ["bad"], ["d"]]
    (failure,) = wait_until(lambda: received(cloud, queue), "the failure is told")
    assert failure["KinesisBatchInfo"]["batchSize"] == 1
    assert failure["requestContext"]["approximateInvokeCount"] == 2


def test_with_splitting_a_report_is_the_place_to_split(cloud):
    function = create_function(cloud, REPORTS_BAD)
    stream, arn = create_stream(cloud)
    put(cloud, stream, *letters("ab"), ("key", "bad"), *letters("d"))
    map_stream(
        cloud,
        arn,
        function,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=1,
        BatchSize=4,
    )
    put(cloud, stream, *letters("e"))
    wait_until(lambda: ["e"] in said(cloud, function), "the record behind arrives")
    assert said(cloud, function) == [["a", "b", "bad", "d"], ["bad", "d"], ["e"]]

"""Records that a mapping gives up, and mappings that change; see test_event_source_mappings.py for the sources."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError
from conftest import ACCOUNT, REGION, wait_until
from functions import create_function, create_stream, map_stream, put, said, total, unique
from mappings import CONSUMER, TELL, THROWS_ON_BAD, letters, received, sqs_destination


def test_the_failure_queue_learns_where_the_records_were(cloud):
    function = create_function(cloud, THROWS_ON_BAD)
    stream, arn = create_stream(cloud)
    queue, destination = sqs_destination(cloud)
    numbers = put(cloud, stream, ("key", "bad"), *letters("b"))
    map_stream(cloud, arn, function, MaximumRetryAttempts=0, DestinationConfig=destination)
    (message,) = wait_until(lambda: received(cloud, queue), "the failure is told")
    info = message.pop("KinesisBatchInfo")
    assert info.pop("approximateArrivalOfFirstRecord").endswith("Z")
    assert info.pop("approximateArrivalOfLastRecord").endswith("Z")
    assert info == {
        "shardId": "shardId-000000000000",
        "startSequenceNumber": numbers[0],
        "endSequenceNumber": numbers[1],
        "batchSize": 2,
        "streamArn": arn,
    }
    assert message["requestContext"].pop("requestId")
    assert message["requestContext"] == {
        "functionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}",
        "condition": "RetryAttemptsExhausted",
        "approximateInvokeCount": 1,
    }
    assert message["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": "Unhandled",
    }
    assert "payload" not in message


def test_a_failure_topic_is_told(cloud):
    function = create_function(cloud, THROWS_ON_BAD)
    stream, arn = create_stream(cloud)
    queue, target = sqs_destination(cloud)
    topic = cloud.client("sns").create_topic(Name=unique("failures"))["TopicArn"]
    cloud.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=target["OnFailure"]["Destination"])
    put(cloud, stream, ("key", "bad"))
    map_stream(cloud, arn, function, MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": topic}})
    (notice,) = wait_until(lambda: received(cloud, queue), "the failure is told")
    assert json.loads(notice["Message"])["requestContext"]["condition"] == "RetryAttemptsExhausted"


def test_a_failure_bucket_gets_the_whole_records(cloud):
    function = create_function(cloud, THROWS_ON_BAD)
    stream, arn = create_stream(cloud)
    s3, bucket = cloud.client("s3"), unique("failures")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    put(cloud, stream, ("key", "bad"))
    destination = {"OnFailure": {"Destination": f"arn:aws:s3:::{bucket}"}}
    mapping = map_stream(cloud, arn, function, MaximumRetryAttempts=0, DestinationConfig=destination)
    (item,) = wait_until(lambda: s3.list_objects_v2(Bucket=bucket).get("Contents"), "the object is there")
    day = item["LastModified"]
    prefix = f"aws/lambda/{mapping}/shardId-000000000000/{day:%Y/%m/%d}/{day:%Y-%m-%dT}"
    assert item["Key"].startswith(prefix)
    message = json.loads(s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read())
    (record,) = json.loads(message["payload"])["Records"]
    assert (record["kinesis"]["partitionKey"], record["kinesis"]["data"]) == ("key", "YmFk")


def test_a_record_older_than_the_limit_is_given_up_before_it_is_delivered(cloud):
    function = create_function(cloud, CONSUMER)
    stream, arn = create_stream(cloud)
    queue, destination = sqs_destination(cloud)
    put(cloud, stream, *letters("a"))
    mapping = map_stream(
        cloud, arn, function, Enabled=False, MaximumRecordAgeInSeconds=60, DestinationConfig=destination
    )
    # AWS takes no less than 60; the embedded cloud takes any number, so that no test needs a minute.
    cloud.client("lambda").update_event_source_mapping(UUID=mapping, MaximumRecordAgeInSeconds=0, Enabled=True)
    (failure,) = wait_until(lambda: received(cloud, queue), "the failure is told")
    assert failure["requestContext"]["condition"] == "RecordAgeExceeded"
    assert said(cloud, function) == []


def test_a_throttled_function_uses_up_no_retries(cloud):
    function = create_function(cloud, CONSUMER)
    lambda_ = cloud.client("lambda")
    lambda_.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    stream, arn = create_stream(cloud)
    put(cloud, stream, *letters("a"))
    map_stream(cloud, arn, function, MaximumRetryAttempts=0)
    dimensions = {"FunctionName": function}
    wait_until(lambda: total(cloud, "AWS/Lambda", "Throttles", dimensions) >= 2, "it has been throttled again")
    lambda_.delete_function_concurrency(FunctionName=function)
    assert wait_until(lambda: said(cloud, function), "the record arrives") == [["a"]]


def test_a_disabled_mapping_reads_nothing_until_it_is_enabled(cloud):
    function = create_function(cloud, CONSUMER)
    stream, arn = create_stream(cloud)
    mapping = map_stream(cloud, arn, function, Enabled=False)
    other = create_function(cloud, CONSUMER)
    put(cloud, stream, *letters("a"))
    map_stream(cloud, arn, other)
    wait_until(lambda: said(cloud, other), "another mapping gets the record")
    assert said(cloud, function) == []
    cloud.client("lambda").update_event_source_mapping(UUID=mapping, Enabled=True)
    assert wait_until(lambda: said(cloud, function), "the record arrives") == [["a"]]


def test_a_deleted_mapping_stops_even_while_it_retries(cloud):
    function = create_function(cloud, THROWS_ON_BAD)
    stream, arn = create_stream(cloud)
    mapping = map_stream(cloud, arn, function)
    put(cloud, stream, ("key", "bad"))
    wait_until(lambda: len(said(cloud, function)) > 1, "the record is retried")
    cloud.client("lambda").delete_event_source_mapping(UUID=mapping)
    other = create_function(cloud, CONSUMER)
    count = len(said(cloud, function))
    map_stream(cloud, arn, other)
    wait_until(lambda: said(cloud, other), "another mapping gets the record")
    # One attempt may have been under way.
    assert len(said(cloud, function)) <= count + 1


def test_lanes_work_beside_each_other_and_keep_the_order_of_each_key(cloud):
    code = TELL + (
        "export const handler = async (event) => {"
        "  say(event.Records.map(({ kinesis }) => [kinesis.partitionKey, atob(kinesis.data)]));"
        "  if (event.Records[0].kinesis.partitionKey === 'stuck') throw new Error('stuck');"
        "};"
    )
    function = create_function(cloud, code)
    stream, arn = create_stream(cloud)
    put(cloud, stream, ("stuck", "x"), *[(f"key-{n % 8}", str(n)) for n in range(80)])
    mapping = map_stream(cloud, arn, function, ParallelizationFactor=4, BatchSize=10)
    records = wait_until(lambda: three_lanes(said(cloud, function)), "the other lanes are done")
    for key in {key for key, _ in records}:
        numbers = [int(number) for each, number in records if each == key]
        assert numbers == sorted(numbers)
    cloud.client("lambda").delete_event_source_mapping(UUID=mapping)


def three_lanes(batches):
    """The records of the lanes that are not stuck, once all of theirs have come."""
    import zlib

    stuck = zlib.crc32(b"stuck") % 4
    records = [(key, number) for batch in batches for key, number in batch if key != "stuck"]
    free = [n for n in range(80) if zlib.crc32(f"key-{n % 8}".encode()) % 4 != stuck]
    return [each for each in records if int(each[1]) in free] if {int(n) for _, n in records} >= set(free) else None


def test_changing_the_number_of_lanes_loses_nothing(cloud):
    function = create_function(cloud, CONSUMER)
    stream, arn = create_stream(cloud)
    mapping = map_stream(cloud, arn, function, ParallelizationFactor=1, BatchSize=5)
    put(cloud, stream, *[(str(n), f"first-{n}") for n in range(20)])
    cloud.client("lambda").update_event_source_mapping(UUID=mapping, ParallelizationFactor=4)
    put(cloud, stream, *[(str(n), f"second-{n}") for n in range(20)])
    wanted = {f"{word}-{n}" for word in ("first", "second") for n in range(20)}
    wait_until(lambda: {data for batch in said(cloud, function) for data in batch} == wanted, "all records arrive")


def test_filters_drop_records_before_the_function(cloud):
    function = create_function(cloud, CONSUMER)
    stream, arn = create_stream(cloud)
    put(cloud, stream, ("key", json.dumps({"kind": "no"})), ("key", json.dumps({"kind": "yes"})))
    pattern = json.dumps({"data": {"kind": ["yes"]}})
    map_stream(cloud, arn, function, FilterCriteria={"Filters": [{"Pattern": pattern}]})
    assert wait_until(lambda: said(cloud, function), "a record arrives") == [[json.dumps({"kind": "yes"})]]


def test_the_age_and_the_fate_of_records_are_measured(cloud):
    function = create_function(cloud, THROWS_ON_BAD)
    stream, arn = create_stream(cloud)
    queue, destination = sqs_destination(cloud)
    put(cloud, stream, ("key", "bad"))
    mapping = map_stream(cloud, arn, function, MaximumRetryAttempts=1, DestinationConfig=destination)
    wait_until(lambda: received(cloud, queue), "the failure is told")
    events = {"EventSourceMappingUUID": mapping}
    count = "OnFailureDestinationDeliveredEventCount"
    wait_until(lambda: total(cloud, "AWS/Lambda", count, events) == 1, "the delivery is counted")
    assert total(cloud, "AWS/Lambda", "InvokedEventCount", events) == 2
    assert total(cloud, "AWS/Lambda", "DroppedEventCount", events) == 0
    assert total(cloud, "AWS/Lambda", "IteratorAge", {"FunctionName": function}) > 0
    assert total(cloud, "AWS/Kinesis", "GetRecords.IteratorAgeMilliseconds", {"StreamName": stream}) > 0
    assert total(cloud, "AWS/Kinesis", "IncomingRecords", {"StreamName": stream}) == 1


def test_what_is_not_known_here_is_refused(cloud):
    function = create_function(cloud, CONSUMER)
    with pytest.raises(ClientError, match="does not know TumblingWindowInSeconds"):
        map_stream(cloud, create_stream(cloud)[1], function, TumblingWindowInSeconds=60)


def test_changes_of_a_table_are_delivered_with_the_same_rules(cloud):
    code = """
const say = (value) => process.stdout.write(`> ${JSON.stringify(value)}\\n`);
export const handler = async (event) => {
  say(event.Records.map(({ dynamodb, eventName }) => [eventName, dynamodb.NewImage.id.S]));
  const bad = event.Records.filter(({ dynamodb }) => dynamodb.NewImage.id.S === 'bad');
  return { batchItemFailures: bad.map(({ dynamodb }) => ({ itemIdentifier: dynamodb.SequenceNumber })) };
};
"""
    function, dynamodb, table = create_function(cloud, code), cloud.client("dynamodb"), unique("table")
    queue, destination = sqs_destination(cloud)
    created = dynamodb.create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )["TableDescription"]
    dynamodb.put_item(TableName=table, Item={"id": {"S": "before"}})
    map_stream(
        cloud,
        created["LatestStreamArn"],
        function,
        StartingPosition="LATEST",
        FunctionResponseTypes=["ReportBatchItemFailures"],
        MaximumRetryAttempts=1,
        BatchSize=1,
        DestinationConfig=destination,
    )
    for name in ("good", "bad", "last"):
        dynamodb.put_item(TableName=table, Item={"id": {"S": name}})
    wait_until(lambda: [["INSERT", "last"]] in said(cloud, function), "the last change arrives")
    assert said(cloud, function) == [[["INSERT", name]] for name in ("good", "bad", "bad", "last")]
    (failure,) = wait_until(lambda: received(cloud, queue), "the failure is told")
    assert failure["DDBStreamBatchInfo"]["streamArn"] == created["LatestStreamArn"]


def test_records_that_the_destination_does_not_take_are_counted_as_dropped(cloud):
    function = create_function(cloud, THROWS_ON_BAD)
    stream, arn = create_stream(cloud)
    nowhere = {"OnFailure": {"Destination": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{unique('no-such-queue')}"}}
    put(cloud, stream, ("key", "bad"))
    mapping = map_stream(cloud, arn, function, MaximumRetryAttempts=0, BatchSize=1, DestinationConfig=nowhere)
    put(cloud, stream, *letters("b"))
    wait_until(lambda: ["b"] in said(cloud, function), "the record behind arrives")
    events = {"EventSourceMappingUUID": mapping}
    assert total(cloud, "AWS/Lambda", "DroppedEventCount", events) == 1
    assert total(cloud, "AWS/Lambda", "OnFailureDestinationDeliveredEventCount", events) == 0
    assert total(cloud, "AWS/Lambda", "DestinationDeliveryFailures", {"FunctionName": function}) == 1

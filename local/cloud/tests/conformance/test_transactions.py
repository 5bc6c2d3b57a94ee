"""DynamoDB transactions as AWS documents them: all writes or none, and each write's part in a refusal.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError
from functions import unique


@pytest.fixture(scope="module")
def table(cloud):
    """A table whose items are named by a text and a number."""
    name = unique("versions")
    cloud.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "version", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "version", "AttributeType": "N"},
        ],
    )
    return name


def key(name, version):
    return {"id": {"S": name}, "version": {"N": str(version)}}


def put(table, name, version, **more):
    return {
        "Put": {
            "TableName": table,
            "Item": {**key(name, version), **more},
            "ConditionExpression": "attribute_not_exists(id)",
        }
    }


def add(table, name, version, attribute):
    return {
        "Update": {
            "TableName": table,
            "Key": key(name, version),
            "UpdateExpression": "ADD #c :one",
            "ExpressionAttributeNames": {"#c": attribute},
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }
    }


def check(table, name, version, day):
    return {
        "ConditionCheck": {
            "TableName": table,
            "Key": key(name, version),
            "ConditionExpression": "knownAt <= :day",
            "ExpressionAttributeValues": {":day": {"S": day}},
        }
    }


def codes(raised):
    return [reason["Code"] for reason in raised.value.response["CancellationReasons"]]


def test_a_refused_condition_leaves_nothing_and_is_told_by_its_place(cloud, table):
    dynamo = cloud.client("dynamodb")
    dynamo.transact_write_items(TransactItems=[put(table, "a", 1, knownAt={"S": "2006-01-01"})])
    with pytest.raises(ClientError) as raised:
        dynamo.transact_write_items(TransactItems=[add(table, "count", 0, "n"), put(table, "a", 1)])
    assert codes(raised) == ["None", "ConditionalCheckFailed"]
    assert "Item" not in dynamo.get_item(TableName=table, Key=key("count", 0))


def test_a_check_of_another_item_decides_over_the_write(cloud, table):
    dynamo = cloud.client("dynamodb")
    dynamo.transact_write_items(TransactItems=[put(table, "b", 1, knownAt={"S": "2006-05-01"})])
    with pytest.raises(ClientError) as raised:
        dynamo.transact_write_items(TransactItems=[put(table, "b", 2), check(table, "b", 1, "2006-04-30")])
    assert codes(raised) == ["None", "ConditionalCheckFailed"]
    dynamo.transact_write_items(TransactItems=[put(table, "b", 2), check(table, "b", 1, "2006-05-01")])
    found = dynamo.query(
        TableName=table,
        KeyConditionExpression="id = :id",
        ExpressionAttributeValues={":id": {"S": "b"}},
        ConsistentRead=True,
    )
    assert [item["version"]["N"] for item in found["Items"]] == ["1", "2"]


def test_of_many_with_one_marker_one_counts(cloud, table):
    def attempt(_):
        try:
            cloud.client("dynamodb").transact_write_items(
                TransactItems=[put(table, "marker", 1), add(table, "total", 0, "d17")]
            )
        except ClientError as error:
            return error.response["Error"]["Code"]
        return "written"

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(attempt, range(16)))
    assert results.count("written") == 1
    assert set(results) == {"written", "TransactionCanceledException"}
    total = cloud.client("dynamodb").get_item(TableName=table, Key=key("total", 0), ConsistentRead=True)["Item"]
    assert total["d17"] == {"N": "1"}

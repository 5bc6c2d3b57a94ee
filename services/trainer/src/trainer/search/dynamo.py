"""The journal of a study in DynamoDB, for workers that share no file system.

Optuna's journal asks little of a store: to append records in one order for all, and to read those from a number on.
DynamoDB does both with conditional writes. The alternatives cost more: a relational database runs all day for a search
of minutes and needs a network path and a password; a shared file needs NFS, with locks that a killed worker leaves.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable
from typing import Any

import boto3
import msgspec
from botocore.exceptions import ClientError
from optuna.storages.journal import BaseJournalBackend

#: Most records of a DynamoDB transaction.
MOST_AT_ONCE = 100
#: Times that an append is tried before it is given up; another worker gets in between now and then.
MOST_TRIES = 50


class DynamoJournal(BaseJournalBackend):
    """Records of one study: partition key ``study``, sort key ``number``, counted from 0 without a gap.

    A record is written only if its number is free, and records that belong together in one transaction, so every
    worker reads the same order, and nothing of a half-written append. A worker may be killed at any time.
    """

    def __init__(self, table: str, study: str) -> None:
        """Open the journal of a study; nothing is read yet."""
        self._table, self._study = table, study
        self._client: Any = boto3.client("dynamodb")
        self._next = 0

    def read_logs(self, log_number_from: int) -> Iterable[dict[str, Any]]:
        """The records from a number on, in order."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="#study = :study AND #number >= :from",
            ExpressionAttributeNames={"#study": "study", "#number": "number"},
            ExpressionAttributeValues={":study": {"S": self._study}, ":from": {"N": str(log_number_from)}},
            ConsistentRead=True,
        )
        items = [item for page in pages for item in page["Items"]]
        self._next = max(self._next, log_number_from + len(items))
        return [msgspec.json.decode(item["record"]["S"]) for item in items]

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Append records, after whatever other workers have appended meanwhile.

        Raises:
            ClientError: if DynamoDB refuses, or if other workers were faster MOST_TRIES times in a row.
        """
        for begin in range(0, len(logs), MOST_AT_ONCE):
            self._append(logs[begin : begin + MOST_AT_ONCE])

    def _append(self, logs: list[dict[str, Any]]) -> None:
        for attempt in itertools.count(1):
            try:
                self._client.transact_write_items(
                    TransactItems=[self._put(self._next + offset, log) for offset, log in enumerate(logs)]
                )
            except ClientError as error:
                if error.response["Error"]["Code"] != "TransactionCanceledException" or attempt == MOST_TRIES:
                    raise
                time.sleep(0.002 * attempt)
                list(self.read_logs(self._next))
            else:
                self._next += len(logs)
                return

    def _put(self, number: int, log: dict[str, Any]) -> dict[str, Any]:
        return {
            "Put": {
                "TableName": self._table,
                "Item": {
                    "study": {"S": self._study},
                    "number": {"N": str(number)},
                    "record": {"S": msgspec.json.encode(log).decode()},
                },
                "ConditionExpression": "attribute_not_exists(#study)",
                "ExpressionAttributeNames": {"#study": "study"},
            }
        }

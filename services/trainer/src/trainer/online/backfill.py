"""Back-fill of the online features: the counts of history, as items of the table that the stream writes to.

The items of history are put whole, under keys of their own beside the stream's (`2003-05#h` beside `2003-05`), so that
writing them again changes nothing and a run that was killed goes on where it was.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import polars as pl

#: Items that one call puts: the most that DynamoDB takes.
ITEMS_AT_A_TIME = 25
#: Calls after which the place is noted; so many are made again after a kill.
CALLS_PER_NOTE = 40
#: Times that what a busy table did not take is sent again.
ATTEMPTS = 8

_LETTERS = {"applications": "a", "paid": "p", "defaulted": "d"}


class Table(Protocol):
    """What of DynamoDB's client is used."""

    def batch_write_item(self, *, RequestItems: dict[str, Any]) -> dict[str, Any]: ...  # noqa: D102
    def put_item(self, *, TableName: str, Item: dict[str, Any]) -> dict[str, Any]: ...  # noqa: D102
    def get_item(self, *, TableName: str, Key: dict[str, Any], ConsistentRead: bool) -> dict[str, Any]: ...  # noqa: D102


def pseudonyms(names: pl.Series, key: bytes) -> pl.Series:
    """Pseudonyms of applicants, as the stream makes them: HMAC-SHA-256 in base64url, 43 characters.

    Args:
        names: as written in the source.
        key: of the purpose ``loan-applicant``, from KMS.
    """

    def pseudonym(name: str) -> str:
        normal = " ".join(unicodedata.normalize("NFKC", name).upper().split())
        return base64.urlsafe_b64encode(hmac.digest(key, normal.encode(), "sha256")).decode().rstrip("=")

    distinct = names.drop_nulls().unique()
    made = dict(zip(distinct, (pseudonym(name) for name in distinct), strict=True))
    return names.replace_strict(made, default=None, return_dtype=pl.String)


def history_items(loans: pl.DataFrame, since: dt.date) -> pl.DataFrame:
    """The counts of the applications before a day, and of their outcomes, by group and month.

    Args:
        loans: with ``submittedAt``, ``knownAt``, ``defaulted`` and the groups ``applicant`` (pseudonym), ``sector`` and
            ``state``; each application once.
        since: first day whose applications the stream counts.

    Returns:
        ``entity``, ``month`` (``2003-05#h``), ``names`` and ``counts`` (lists), in order of the first two.
    """
    own = loans.filter(pl.col("submittedAt") < since)
    ended = own.drop_nulls(["defaulted", "knownAt"])
    measure = pl.when(pl.col("defaulted")).then(pl.lit("defaulted")).otherwise(pl.lit("paid"))
    events = [
        own.select("applicant", "sector", "state", pl.col("submittedAt").alias("day"), measure=pl.lit("applications")),
        ended.select("applicant", "sector", "state", pl.col("knownAt").alias("day"), measure=measure),
    ]
    long = pl.concat(events).unpivot(
        ["applicant", "sector", "state"], index=["day", "measure"], variable_name="kind", value_name="group"
    )
    letter = pl.col("measure").replace_strict(_LETTERS, return_dtype=pl.String)
    named = long.drop_nulls("group").select(
        pl.format("{}#{}", "kind", "group").alias("entity"),
        pl.col("day").dt.strftime("%Y-%m#h").alias("month"),
        pl.format("h{}{}", letter, pl.col("day").dt.strftime("%d")).alias("name"),
    )
    counted = named.group_by("entity", "month", "name").len("count").sort("entity", "month", "name")
    return counted.group_by("entity", "month", maintain_order=True).agg(
        pl.col("name").alias("names"), pl.col("count").alias("counts")
    )


def back_fill(client: Table, table: str, items: pl.DataFrame, since: dt.date, say: Callable[[str], None]) -> int:
    """Put the items of history, from where an earlier run of the same was ended.

    Returns:
        The number of items put by this run.
    """
    run = _run_key(items, since)
    done = int(
        client.get_item(TableName=table, Key=run, ConsistentRead=True).get("Item", {}).get("done", {"N": "0"})["N"]
    )
    put = 0
    for call, batch in enumerate(items[done:].iter_slices(ITEMS_AT_A_TIME), start=1):
        _put_all(client, table, [{"PutRequest": {"Item": item}} for item in _wire(batch)])
        put += len(batch)
        if call % CALLS_PER_NOTE == 0 or done + put == len(items):
            client.put_item(TableName=table, Item={**run, "done": {"N": str(done + put)}})
            say(f"{done + put} of {len(items)} items")
    return put


def _run_key(items: pl.DataFrame, since: dt.date) -> dict[str, Any]:
    """What a run is known by: other items, or another day, are another run."""
    digest = hashlib.sha256(json.dumps([str(since), len(items)]).encode())
    for batch in items.iter_slices(10_000):
        digest.update(json.dumps(batch.rows()).encode())
    return {"entity": {"S": f"back-fill#{digest.hexdigest()}"}, "month": {"S": "-"}}


def _wire(batch: pl.DataFrame) -> Iterator[dict[str, Any]]:
    for entity, month, names, counts in batch.iter_rows():
        numbers = {name: {"N": str(count)} for name, count in zip(names, counts, strict=True)}
        yield {"entity": {"S": entity}, "month": {"S": month}, **numbers}


def _put_all(client: Table, table: str, requests: list[dict[str, Any]]) -> None:
    """Put items, and again those that a busy table did not take.

    Raises:
        TimeoutError: if it does not take them all in several attempts; a later run goes on from the last note.
    """
    left = requests
    for _ in range(ATTEMPTS):
        left = client.batch_write_item(RequestItems={table: left}).get("UnprocessedItems", {}).get(table, [])
        if not left:
            return
    raise TimeoutError(f"{table} did not take {len(left)} items in {ATTEMPTS} attempts: run it again later")

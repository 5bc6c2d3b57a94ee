from __future__ import annotations

import datetime as dt
import json
import subprocess
from typing import Any

import numpy as np
import polars as pl
import pytest
from conftest import ROOT

from trainer.online.backfill import ITEMS_AT_A_TIME, back_fill, history_items, pseudonyms

NODE = ROOT / "node_modules/.bin/node"
SINCE = dt.date(2004, 1, 1)


class MemoryTable:
    """A table in memory; it takes what it is told to, and fails in the call that it is told to."""

    def __init__(self, fails_in: int = 0, refuses: int = 0):
        self.items: dict[tuple[str, str], dict[str, Any]] = {}
        self.calls = 0
        self.fails_in, self.refuses = fails_in, refuses

    def _put(self, item):
        self.items[item["entity"]["S"], item["month"]["S"]] = item

    def batch_write_item(self, *, RequestItems):
        self.calls += 1
        if self.calls == self.fails_in:
            raise ConnectionError("killed")
        [(table, requests)] = RequestItems.items()
        assert len(requests) <= ITEMS_AT_A_TIME
        taken = requests[self.refuses :]
        left, self.refuses = requests[: self.refuses], 0
        for request in taken:
            self._put(request["PutRequest"]["Item"])
        return {"UnprocessedItems": {table: left} if left else {}}

    def put_item(self, *, TableName, Item):
        self._put(Item)
        return {}

    def get_item(self, *, TableName, Key, ConsistentRead):
        found = self.items.get((Key["entity"]["S"], Key["month"]["S"]))
        return {"Item": found} if found else {}

    def counts(self):
        return {key: item for key, item in self.items.items() if not key[0].startswith("back-fill#")}


def random_loans(seed: int, count: int = 300) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    submitted = [dt.date(2001, 1, 1) + dt.timedelta(days=int(d)) for d in random.integers(0, 1_500, count)]
    known = [day + dt.timedelta(days=int(d)) for day, d in zip(submitted, random.integers(0, 900, count), strict=True)]
    ended = random.random(count) < 0.7
    return pl.DataFrame(
        {
            "applicationId": [f"A-{i}" for i in range(count)],
            "submittedAt": submitted,
            "knownAt": [day if end else None for day, end in zip(known, ended, strict=True)],
            "defaulted": [bool(d) if end else None for d, end in zip(random.random(count) < 0.4, ended, strict=True)],
            "applicant": [f"p{i}" for i in random.integers(0, 20, count)],
            "sector": random.choice(["72", "44", "0"], count).tolist(),
            "state": random.choice(["CA", "NY", "TX"], count).tolist(),
        }
    )


def filled(loans: pl.DataFrame, since: dt.date) -> list[dict[str, Any]]:
    table = MemoryTable()
    back_fill(table, "features", history_items(loans, since), since, lambda _: None)
    return list(table.counts().values())


@pytest.mark.parametrize("seed", range(3))
def test_stream_and_back_fill_give_the_same_values_for_the_same_events(seed):
    loans = random_loans(seed)
    days = [str(dt.date(2002, 1, 1) + dt.timedelta(days=d)) for d in range(0, 1_200, 37)]
    rows = loans.with_columns(pl.col("submittedAt", "knownAt").dt.to_string("iso")).to_dicts()

    def read(items, streamed):
        given = {"items": items, "loans": streamed, "days": days}
        run = subprocess.run(
            [NODE, "test/lambdas/support/read-counted.ts"],
            input=json.dumps(given), capture_output=True, text=True, check=True, cwd=ROOT,
        )  # fmt: skip
        return json.loads(run.stdout)

    by_stream = read([], rows)
    assert any(counts["state"]["defaulted1095"] > 0 for counts in by_stream)
    assert read(filled(loans, dt.date(9999, 1, 1)), []) == by_stream
    # And half by one and half by the other, which is how they work together.
    later = [row for row in rows if row["submittedAt"] >= str(SINCE)]
    assert read(filled(loans, SINCE), later) == by_stream


def test_a_run_that_was_killed_goes_on_and_one_that_ended_does_nothing():
    items = history_items(random_loans(1, 3_000), SINCE)
    whole = MemoryTable()
    assert back_fill(whole, "features", items, SINCE, lambda _: None) == len(items)
    killed = MemoryTable(fails_in=len(items) // ITEMS_AT_A_TIME - 1, refuses=3)
    with pytest.raises(ConnectionError):
        back_fill(killed, "features", items, SINCE, lambda _: None)
    again = back_fill(killed, "features", items, SINCE, lambda _: None)
    assert 0 < again < len(items)
    assert killed.counts() == whole.counts()
    assert back_fill(killed, "features", items, SINCE, lambda _: None) == 0


def test_a_table_that_takes_nothing_ends_the_run():
    class Busy(MemoryTable):
        def batch_write_item(self, *, RequestItems):
            return {"UnprocessedItems": RequestItems}

    with pytest.raises(TimeoutError, match="did not take"):
        back_fill(Busy(), "features", history_items(random_loans(1), SINCE), SINCE, lambda _: None)


def test_pseudonyms_are_those_of_the_stream():
    key = b"k" * 32
    names = ["Zebedee  Quillfeather Ltd", "zebedee quillfeather ltd ", "Müller ﬁne", None]
    code = (
        "import { createHmac } from 'node:crypto';"
        "import { pseudonymiser } from './lambdas/patterns/pseudonym/pseudonym.ts';"
        "const kms = { send: async () => ({ Mac: Buffer.from('k'.repeat(32)) }) };"
        "const deadline = { leftMs: () => 1000, signal: AbortSignal.timeout(1000) };"
        "const made = await pseudonymiser(kms, 'key', 'loan-applicant', deadline);"
        f"console.log(JSON.stringify({json.dumps(names[:3])}.map(made)));"
    )
    run = subprocess.run(
        [NODE, "--input-type=module-typescript", "-e", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    made = pseudonyms(pl.Series(names), key).to_list()
    assert made == [*json.loads(run.stdout), None]
    assert made[0] == made[1]

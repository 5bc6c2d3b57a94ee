"""Pseudonyms are those of the stream (TypeScript), and identifiers stay out of what Spark shows of its plans."""

from __future__ import annotations

import json

import pytest
from conftest import KEY, SAMPLE, typescript

from jobs.history.pseudonyms import is_not_ascii, pseudonym, with_pseudonyms

STREAM = f"""
import {{ readFileSync }} from 'node:fs';
import {{ pseudonymiser }} from './lambdas/patterns/pseudonym/pseudonym.ts';
const names = JSON.parse(readFileSync(0, 'utf8'));
const kms = {{ send: async () => ({{ Mac: Buffer.from('{KEY.hex()}', 'hex') }}) }};
const made = await pseudonymiser(kms, 'key', 'purpose', {{ leftMs: () => 1000, signal: new AbortController().signal }});
process.stdout.write(JSON.stringify(names.map(made)));
"""

ODD = [
    "Zebedee  Quux\tBakery",
    "zebedee quux bakery ",
    "Müller & Söhne",
    "Mu\u0308ller & So\u0308hne",
    "Straße",
    "ﬁne ﬂowers",
    "\u00a0no-break\u00a0\u2003space\u3000",
    "\ufeffmarked\u2028line\u1680ogham",
    "ＦＵＬＬ ｗｉｄｔｈ",
    "İstanbul ısı",
    "ΌΔΥΣΣΕΎΣ οδυσσεύς",
    "日本 株式会社 ㈱",
    "🏦 bank",
    "a\u001fb",
    "a\u0085b",
    "x" * 200,
]


@pytest.fixture(scope="module")
def names():
    real = [line.split(",")[1].strip('"') for line in SAMPLE.read_text().splitlines()[1:]]
    return [*ODD, *real]


def test_spark_python_and_the_stream_make_the_same_pseudonyms(spark, names):
    stream = json.loads(typescript(STREAM, json.dumps(names)))
    assert [pseudonym(KEY, name) for name in names] == stream
    rows = spark.createDataFrame(list(enumerate(names)), "n int, name string")
    made = with_pseudonyms(rows, "name", "made", KEY, ascii_only=False).orderBy("n").collect()
    assert [row["made"] for row in made] == stream
    assert len(set(stream[:2])) == len(set(stream[2:4])) == 1, "one person, written in two ways"


def test_names_of_ascii_need_no_other_way(spark, names):
    plain = [name for name in names if name.isascii()]
    rows = spark.createDataFrame([(name,) for name in plain], "name string")
    assert rows.where(is_not_ascii("name")).isEmpty()
    made = with_pseudonyms(rows, "name", "made", KEY, ascii_only=True).collect()
    assert {row["made"] for row in made} == {pseudonym(KEY, name) for name in plain}


def test_a_name_that_is_not_there_has_no_pseudonym(spark):
    rows = spark.createDataFrame([(None,)], "name string")
    assert with_pseudonyms(rows, "name", "made", KEY, ascii_only=False).collect()[0]["made"] is None


def test_the_key_is_in_no_plan(spark):
    rows = spark.createDataFrame([("a",)], "name string")
    plan = with_pseudonyms(rows, "name", "made", KEY, ascii_only=True)._jdf.queryExecution().toString()
    inner = bytes(byte ^ 0x36 for byte in KEY)
    assert "sha2" in plan
    for secret in (KEY, inner):
        assert secret.hex().upper() not in plan.upper()
        assert str(list(secret))[1:-1] not in plan


def test_names_are_nowhere_in_the_table(runs):
    runs.run(SAMPLE)
    rows = "".join(map(str, runs.table().collect()))
    real = {line.split(",")[1].strip('"') for line in SAMPLE.read_text().splitlines()[1:]}
    assert [name for name in real if len(name) > 8 and name in rows] == []

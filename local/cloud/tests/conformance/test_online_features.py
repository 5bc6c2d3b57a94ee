"""The writes and reads of outcomes and online features by the wire: what an expression may not say shows here."""

from __future__ import annotations

import json
import os
import subprocess

from conftest import REGION, ROOT, node


def create_table(cloud, name, partition, sort, kind):
    cloud.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": partition, "AttributeType": "S"},
            {"AttributeName": sort, "AttributeType": kind},
        ],
    )


def test_events_count_once_and_are_read_as_they_were_known(cloud):
    create_table(cloud, "features", "entity", "month", "S")
    create_table(cloud, "outcomes", "applicationId", "version", "N")
    names = {"AWS_ENDPOINT_URL": cloud.endpoint, "AWS_REGION": REGION}
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "PATH": os.environ["PATH"]}
    run = subprocess.run(
        [node(), "test/lambdas/support/count-and-read.ts"],
        env={**names, **keys},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert json.loads(run.stdout) == {
        "recorded": [True, False, True],
        # Applications, defaults and paid loans: on the day itself nothing, then what was known, then the correction.
        "read": [[0, 0, 0], [3, 0, 0], [3, 1, 0], [3, 0, 1]],
    }

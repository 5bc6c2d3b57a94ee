"""The features that the stream makes (TypeScript) are those that training makes (Python)."""

from __future__ import annotations

import json
import subprocess

from conftest import ROOT, SAMPLE

from trainer.features import Definition, features_of
from trainer.loans import read_loans

STREAM = """
import { readFileSync } from 'node:fs';
import { featuresOf } from './lambdas/patterns/features/features.ts';
const applications = JSON.parse(readFileSync(0, 'utf8'));
process.stdout.write(JSON.stringify(applications.map(featuresOf)));
"""


def test_both_make_the_same_features_of_every_loan_of_the_sample(definition: Definition) -> None:
    loans = read_loans(SAMPLE).collect().drop("defaulted", "submittedAt")
    node = ROOT / "node_modules/.bin/node"
    result = subprocess.run(
        [node, "--input-type=module-typescript", "--eval", STREAM],
        cwd=ROOT, input=json.dumps(loans.to_dicts()), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    stream, training = json.loads(result.stdout), features_of(loans, definition).to_dicts()
    assert len(stream) == len(training) > 0
    for made, expected in zip(stream, training, strict=True):
        assert list(made) == list(expected)
        assert made == expected

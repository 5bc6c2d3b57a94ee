"""The features that the stream makes (TypeScript) are those that training makes (Python)."""

from __future__ import annotations

import json
import subprocess

import msgspec
import numpy as np
import polars as pl
from conftest import ROOT, SAMPLE

from trainer.features import Definition, encode, features_of, fit_encoding
from trainer.loans import read_loans
from trainer.policy import apply_policy, fit_policy
from trainer.scorecard import fit_scorecard, score

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


SMALL = """
import { readFileSync } from 'node:fs';
import { policyRule } from './lambdas/patterns/small-model/policy-rule.ts';
import { scorecard } from './lambdas/patterns/small-model/scorecard.ts';
const { features, encodings, card, policy } = JSON.parse(readFileSync(0, 'utf8'));
const found = [scorecard(card, encodings), policyRule(policy, encodings)].map((find) =>
  features.map((each) => find(each).probability));
process.stdout.write(JSON.stringify(found));
"""


def test_the_small_models_score_every_loan_of_the_sample_alike(definition: Definition) -> None:
    loans = read_loans(SAMPLE).collect().drop_nulls("defaulted")
    defaulted, features = loans["defaulted"].cast(pl.Int8).to_numpy(), features_of(loans, definition)
    encodings = fit_encoding(features, defaulted, definition)
    inputs = encode(features, encodings)
    card = fit_scorecard(inputs, [each.name for each in encodings], defaulted)
    policy = fit_policy(inputs, defaulted)
    question = {
        "features": features.to_dicts(),
        "encodings": msgspec.to_builtins(encodings),
        "card": msgspec.json.encode(card).decode(),
        "policy": msgspec.json.encode(policy).decode(),
    }
    node = ROOT / "node_modules/.bin/node"
    result = subprocess.run(
        [node, "--input-type=module-typescript", "--eval", SMALL],
        cwd=ROOT, input=json.dumps(question), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    by_card, by_policy = json.loads(result.stdout)
    np.testing.assert_allclose(by_card, score(card, inputs), rtol=1e-12)
    np.testing.assert_allclose(by_policy, apply_policy(policy, inputs), rtol=0)

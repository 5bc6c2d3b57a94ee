"""The drift statistics of the handlers (TypeScript) against scipy's."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import numpy as np
import pytest
from conftest import ROOT
from scipy import stats

NODE = ROOT / "node_modules/.bin/node"


def in_node(module: str, expression: str, given: Any) -> Any:
    """The value of an expression over ``m``, a module of patterns/drift, and ``given``."""
    code = (
        f"import * as m from {json.dumps(str(ROOT / 'lambdas/patterns/drift' / module))};"
        f"const given = {json.dumps(given)}; console.log(JSON.stringify({expression}));"
    )
    run = subprocess.run(
        [NODE, "--input-type=module-typescript", "-e", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return json.loads(run.stdout)


pytestmark = pytest.mark.skipif(not NODE.exists(), reason="npm ci brings the Node that runs the handlers")


def test_chi_square():
    chances = [0.5, 0.1, 0.05, 0.01, 1e-4, 1e-9]
    freedoms = [1, 2, 5, 9, 19, 60]
    pairs = [[chance, df] for chance in chances for df in freedoms]
    quantiles = in_node("chi-square.ts", "given.map(([c, df]) => m.chiSquareQuantile(c, df))", pairs)
    np.testing.assert_allclose(quantiles, [stats.chi2.isf(chance, df) for chance, df in pairs], rtol=1e-9)
    values = [[x, df] for x in (0.01, 0.5, 3, 20, 90) for df in freedoms]
    survival = in_node("chi-square.ts", "given.map(([x, df]) => m.chiSquareSurvival(x, df))", values)
    np.testing.assert_allclose(survival, [stats.chi2.sf(x, df) for x, df in values], rtol=1e-9)


def test_kolmogorov():
    values = [0.1, 0.3, 0.5, 0.8, 1.0, 1.36, 1.63, 2.5]
    found = in_node("kolmogorov-smirnov.ts", "given.map((x) => m.kolmogorovSurvival(x))", values)
    np.testing.assert_allclose(found, stats.kstwobign.sf(values), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_two_samples(seed):
    random = np.random.default_rng(seed)
    a, b = random.normal(size=400).round(2).tolist(), random.normal(0.1, 1, size=250).round(2).tolist()
    found = in_node("kolmogorov-smirnov.ts", "m.kolmogorovSmirnov(given[0], given[1])", [a, b])
    want = stats.ks_2samp(a, b, method="asymp")
    assert found["distance"] == pytest.approx(want.statistic, abs=1e-12)
    # scipy corrects the asymptotic chance for small samples; the plain one is near it.
    assert found["pValue"] == pytest.approx(stats.kstwobign.sf(want.statistic * (400 * 250 / 650) ** 0.5), rel=1e-9)


def test_the_limit_of_the_index():
    found = in_node("psi.ts", "m.psiLimit(100, 400, 10, 0.01)", None)
    assert found == pytest.approx((1 / 100 + 1 / 400) * stats.chi2.isf(0.01, 9), rel=1e-9)

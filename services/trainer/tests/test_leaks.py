"""What is known only after the decision reaches no feature, whatever way somebody tries to bring it back."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
from conftest import FEATURES, SAMPLE

from trainer.features import Operation, read_definition
from trainer.guard import LIMIT, refuse_leaks
from trainer.loans import APPLICATION_COLUMNS, LEAKING_COLUMNS, InputError, read_loans


@pytest.mark.parametrize("column", LEAKING_COLUMNS)
@pytest.mark.parametrize("form", ["field", "ratio", "prefix", "equal"])
def test_a_feature_of_a_leaking_column_is_refused_by_name(tmp_path: Path, column: str, form: str) -> None:
    operation = {
        "field": Operation(field=column),
        "ratio": Operation(ratio=(column, "requestedAmount")),
        "prefix": Operation(prefix=(column, 2)),
        "equal": Operation(equal=("state", column)),
    }[form]
    definition = msgspec.json.decode(FEATURES.read_bytes())
    definition["features"].append({"name": "later", "type": "number", "op": msgspec.to_builtins(operation)})
    path = tmp_path / "features.json"
    path.write_bytes(msgspec.json.encode(definition))
    with pytest.raises(InputError, match=f"feature later uses {column}"):
        read_definition(path)


def test_no_leaking_column_is_read_at_all() -> None:
    assert not set(LEAKING_COLUMNS) & set(APPLICATION_COLUMNS)
    assert not {name.lower() for name in LEAKING_COLUMNS} & {n.lower() for n in read_loans(SAMPLE).collect_schema()}


def test_a_feature_that_tells_the_outcome_is_refused_whatever_its_name() -> None:
    random = np.random.default_rng(1)
    defaulted = (random.random(4000) < 0.2).astype(int)
    harmless = random.random(4000)
    # Like the term: cut at charge-off, so that whole years mean a loan that was paid.
    term = np.where(defaulted == 1, random.integers(1, 120, 4000), 12 * random.integers(1, 11, 4000))
    with pytest.raises(InputError, match="feature months alone separates"):
        refuse_leaks(np.column_stack([harmless, term]).astype(np.float32), ["harmless", "months"], defaulted)
    assert refuse_leaks(harmless[:, None].astype(np.float32), ["harmless"], defaulted)["harmless"] < LIMIT

"""What is known only after the decision reaches no feature, whatever way somebody tries to bring it back."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import msgspec
import numpy as np
import pytest
from conftest import FEATURES, SAMPLE

from trainer.data import Data
from trainer.features import Operation, read_definition
from trainer.guard import LIMIT, refuse_leaks
from trainer.loans import APPLICATION_COLUMNS, APPLICATION_FIELDS, LEAKING_COLUMNS, InputError, read_loans
from trainer.train import train


def with_feature(folder: Path, name: str, operation: Operation) -> Path:
    """The definition with one feature more."""
    definition = msgspec.json.decode(FEATURES.read_bytes())
    definition["features"].append({"name": name, "type": "number", "op": msgspec.to_builtins(operation)})
    path = folder / "features.json"
    path.write_bytes(msgspec.json.encode(definition))
    return path


@pytest.mark.parametrize("column", [*LEAKING_COLUMNS, "term", "MIS_Status", "defaulted"])
@pytest.mark.parametrize("form", ["field", "ratio", "prefix", "equal"])
def test_a_feature_of_a_leaking_column_is_refused_by_name(tmp_path: Path, column: str, form: str) -> None:
    operation = {
        "field": Operation(field=column),
        "ratio": Operation(ratio=(column, "requestedAmount")),
        "prefix": Operation(prefix=(column, 2)),
        "equal": Operation(equal=("state", column)),
    }[form]
    path = with_feature(tmp_path, "later", operation)
    with pytest.raises(InputError, match=f"feature later uses {column}"):
        read_definition(path)


@pytest.mark.parametrize(
    ("name", "operation", "problem"),
    [
        ("Term", Operation(field="employees"), "uses Term, known only after the decision"),
        ("days", Operation(field="daysToDefault"), "uses daysToDefault, which is no field of an application"),
        ("nothing", Operation(), "must have one operation"),
        ("both", Operation(field="employees", prefix=("zip", 3)), "must have one operation"),
    ],
)
def test_a_feature_of_anything_but_the_application_is_refused(tmp_path: Path, name, operation, problem) -> None:
    with pytest.raises(InputError, match=problem):
        read_definition(with_feature(tmp_path, name, operation))


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


def test_training_stops_at_a_feature_that_tells_the_outcome(changed, training, definition, registry) -> None:
    """The same by the whole training: here the number of employees was written down after the charge-off."""

    def tell(row: dict[str, str]) -> dict[str, str]:
        return {**row, "NoEmp": "1" if row["MIS_Status"] == "CHGOFF" else "2"}

    training.data = Data(changed(tell))
    with pytest.raises(InputError, match="feature employees alone separates"):
        train(training, definition, registry, lambda _: None)


def test_all_that_an_application_has_may_be_used_and_nothing_else() -> None:
    assert {*APPLICATION_FIELDS, "defaulted"} == set(read_loans(SAMPLE).collect_schema())


def test_of_few_loans_no_honest_feature_is_refused(training, definition, registry) -> None:
    """In these years 30 loans of 50 states were charged off: numbers of states learnt from all of them would tell."""
    training.last = dt.date(2001, 12, 31)
    assert train(training, definition, registry, lambda _: None)["rows"] == 314

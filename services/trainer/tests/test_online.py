from __future__ import annotations

import csv as csv_module
import datetime as dt
from pathlib import Path

import msgspec
import numpy as np
import polars as pl
import pytest
from conftest import FEATURES, SAMPLE

from trainer.loans import InputError, read_loans
from trainer.online.__main__ import main
from trainer.online.known import DATA_END, read_with_knowledge
from trainer.online.windows import GROUPS, MEASURES, WINDOW_DAYS, counts_before, with_groups


@pytest.fixture(scope="module")
def loans() -> pl.DataFrame:
    return with_groups(read_with_knowledge(SAMPLE).collect())


def test_the_loans_are_those_of_the_reader(loans):
    assert loans.select(read_loans(SAMPLE).collect_schema().names()).equals(read_loans(SAMPLE).collect())


def test_nothing_is_known_before_it_happened_nor_after_the_data(loans):
    known = loans.drop_nulls("defaulted")
    assert (known["occurredAt"] >= known["submittedAt"]).all()
    assert (known["knownAt"] >= known["occurredAt"]).all()
    assert known["knownAt"].max() <= DATA_END
    assert loans.filter(pl.col("defaulted").is_null())["knownAt"].null_count() == len(loans) - len(known)


def test_a_default_is_known_ninety_days_after_its_charge_off(loans):
    with SAMPLE.open(newline="") as file:
        rows = [row for row in csv_module.DictReader(file) if row["MIS_Status"] == "CHGOFF" and row["ChgOffDate"]]
    row = next(row for row in rows if row["ChgOffDate"] < "3" and "-05" in row["ChgOffDate"])
    charged_off = dt.datetime.strptime(row["ChgOffDate"], "%d-%b-%y").date()
    found = loans.row(by_predicate=pl.col("applicationId") == row["LoanNr_ChkDgt"], named=True)
    assert (found["occurredAt"], found["knownAt"]) == (charged_off, charged_off + dt.timedelta(days=90))


def test_a_paid_loan_is_known_at_the_end_of_its_term_and_cost_nothing(loans):
    with SAMPLE.open(newline="") as file:
        terms = {row["LoanNr_ChkDgt"]: int(row["Term"]) for row in csv_module.DictReader(file)}
    paid = loans.filter(pl.col("defaulted") == False).head(200)  # noqa: E712
    for row in paid.iter_rows(named=True):
        months = row["submittedAt"].year * 12 + row["submittedAt"].month - 1 + terms[row["applicationId"]]
        end = min(dt.date(months // 12, months % 12 + 1, 1), DATA_END)
        assert row["knownAt"] >= end or row["knownAt"].replace(day=1) == end
        assert row["chargedOff"] == 0


def test_a_file_without_the_days_is_refused(tmp_path: Path):
    file = tmp_path / "loans.csv"
    raw = pl.read_csv(SAMPLE, infer_schema=False)
    raw.drop("ChgOffDate", "Term").write_csv(file)
    with pytest.raises(InputError, match="no column ChgOffDate, Term"):
        read_with_knowledge(file)


def _counted(loans: pl.DataFrame, row: dict) -> dict[str, int]:
    """The counts of one loan, by going through all the others."""
    counts = dict.fromkeys((f"{kind}.{m}.{days}" for kind in GROUPS for m in MEASURES for days in WINDOW_DAYS), 0)
    for other in loans.iter_rows(named=True):
        events = [("applications", other["submittedAt"])]
        if other["defaulted"] is not None:
            events.append(("defaulted" if other["defaulted"] else "paid", other["knownAt"]))
        for kind in GROUPS:
            if other[kind] is None or other[kind] != row[kind]:
                continue
            for measure, day in events:
                age = (row["submittedAt"] - day).days
                for days in WINDOW_DAYS:
                    counts[f"{kind}.{measure}.{days}"] += 1 <= age <= days
    return counts


def test_counts_are_what_was_known_before_the_day(loans):
    counts = counts_before(loans)
    rows = np.random.default_rng(1).choice(len(loans), 60, replace=False)
    for index in rows.tolist():
        assert counts.row(index, named=True) == _counted(loans, loans.row(index, named=True))


def test_the_future_changes_nothing(loans):
    now = dt.date(2004, 6, 1)
    counts = counts_before(loans)
    before = (loans["submittedAt"] <= now).to_numpy()
    # Whatever became known on that day or later turns out the other way, and whoever applied later did not.
    other = loans.with_columns(
        pl.when(pl.col("knownAt") >= now).then(~pl.col("defaulted")).otherwise(pl.col("defaulted")).alias("defaulted")
    )
    assert counts_before(other).filter(pl.Series(before)).equals(counts.filter(pl.Series(before)))
    assert counts_before(loans.filter(pl.Series(before))).equals(counts.filter(pl.Series(before)))


def test_scored_loans_are_written_in_order_of_time(tmp_path: Path, capfdbinary):
    out = tmp_path / "scored.csv"
    days = [
        "--train-first",
        "1997-01-01",
        "--train-last",
        "2003-12-31",
        "--first",
        "2004-01-01",
        "--last",
        "2009-12-31",
    ]
    assert main(["scored", *days, "--csv", str(SAMPLE), "--features", str(FEATURES), "--out", str(out)]) == 0
    scored = pl.read_csv(out, try_parse_dates=True)
    assert scored["submittedAt"].is_sorted()
    assert (scored["submittedAt"] <= dt.date(2003, 12, 31)).to_list() == (scored["training"] == 1).to_list()
    assert scored["probability"].is_between(0, 1).all()
    assert b'"scored"' in capfdbinary.readouterr().out


def test_the_gain_of_the_counts_is_measured_on_the_same_loans(capfdbinary):
    period = "1997-01-01,2003-12-31,2004-01-01,2006-12-31"
    assert main(["measure", "--period", period, "--csv", str(SAMPLE), "--features", str(FEATURES)]) == 0
    [found] = msgspec.json.decode(capfdbinary.readouterr().out)
    for name in ("auc", "brier", "cost"):
        point, low, high = found["gain"][name]
        assert low <= point <= high
        assert point == pytest.approx(found["with"][name] - found["without"][name])

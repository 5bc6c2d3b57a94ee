"""The history job on a real Spark: what it makes of a file of loans, and what it refuses."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from conftest import LOAN

from history import history
from history.history import SOURCE_COLUMNS, Counts, SourceError

SAMPLE = Path(__file__).resolve().parents[2] / "test/data/loans-sample.csv"


def table(spark, target):
    return sorted(spark.read.parquet(str(target)).collect(), key=lambda loan: loan["application_id"])


def files(target):
    return {str(path.relative_to(target)) for path in target.rglob("*.parquet")}


def run(spark, source, target):
    return history.run(spark, str(source), str(target))


def test_a_loan_is_typed(spark, write_loans, tmp_path):
    counts = run(spark, write_loans({}), tmp_path / "curated")
    assert counts == Counts(loans=1, years=1, without_outcome=0)
    (loan,) = table(spark, tmp_path / "curated")
    assert loan.asDict() == {
        "application_id": "1000014003",
        "approval_date": dt.date(1997, 2, 28),
        "state": "IN",
        "lender_state": "OH",
        "industry_code": "451120",
        "requested_amount": 60000.0,
        "guaranteed_amount": 48000.0,
        "employees": 4,
        "defaulted": False,
        "approval_year": 1997,
    }


def test_the_table_has_the_columns_that_the_catalogue_tells(spark, write_loans):
    columns = history.curate(history.read(spark, str(write_loans({})))).dtypes
    assert columns == [
        ("application_id", "string"),
        ("approval_date", "date"),
        ("state", "string"),
        ("lender_state", "string"),
        ("industry_code", "string"),
        ("requested_amount", "double"),
        ("guaranteed_amount", "double"),
        ("employees", "int"),
        ("defaulted", "boolean"),
        ("approval_year", "int"),
    ]


@pytest.mark.parametrize(
    ("column", "written", "field", "expected"),
    [
        ("ApprovalDate", "1-Jun-61", "approval_date", dt.date(1961, 6, 1)),
        ("ApprovalDate", "29-Feb-72", "approval_date", dt.date(1972, 2, 29)),
        ("ApprovalDate", "31-Dec-13", "approval_date", dt.date(2013, 12, 31)),
        ("ApprovalDate", "1997-02-28", "approval_date", None),
        ("ApprovalDate", "", "approval_date", None),
        ("ApprovalFY", "1976A", "approval_year", 1976),
        ("GrAppv", "$1,234,567.89 ", "requested_amount", 1234567.89),
        ("GrAppv", "plenty", "requested_amount", None),
        ("NoEmp", "many", "employees", None),
        ("MIS_Status", "CHGOFF", "defaulted", True),
        ("MIS_Status", "", "defaulted", None),
        ("BankState", "", "lender_state", None),
        ("NAICS", "0", "industry_code", "0"),
    ],
)
def test_how_a_value_is_read(spark, write_loans, column, written, field, expected):
    (loan,) = history.curate(history.read(spark, str(write_loans({column: written})))).collect()
    assert loan[field] == expected


def test_other_columns_and_commas_in_quotes_do_not_shift_a_loan(spark, write_loans):
    source = write_loans({"Name": 'SMITH, "JOE" & SON'}, columns=("Name", *SOURCE_COLUMNS))
    (loan,) = history.curate(history.read(spark, str(source))).collect()
    assert loan["application_id"] == LOAN["LoanNr_ChkDgt"]


def test_missing_columns_stop_the_job_with_their_names(spark, write_loans, tmp_path):
    source = write_loans({}, columns=[name for name in SOURCE_COLUMNS if name not in ("NAICS", "GrAppv")])
    with pytest.raises(SourceError, match=r"no column NAICS, GrAppv: it has LoanNr_ChkDgt, State"):
        run(spark, source, tmp_path / "curated")
    assert not (tmp_path / "curated").exists()


def test_files_whose_headers_differ_are_refused(spark, write_loans, tmp_path):
    write_loans({}, name="a.csv")
    source = write_loans({}, name="b.csv", columns=tuple(reversed(SOURCE_COLUMNS)))
    with pytest.raises(Exception, match="CSV header does not conform to the schema"):
        run(spark, source, tmp_path / "curated")
    assert not files(tmp_path / "curated")


@pytest.mark.parametrize("unplaced", [{"ApprovalFY": ""}, {"ApprovalFY": "97"}, {"LoanNr_ChkDgt": " "}])
def test_a_loan_without_a_place_stops_the_job_and_leaves_the_table(spark, write_loans, tmp_path, unplaced):
    target = tmp_path / "curated"
    run(spark, write_loans({}), target)
    before = files(target)
    with pytest.raises(SourceError, match="1 of 2 loans have no LoanNr_ChkDgt, or no ApprovalFY"):
        run(spark, write_loans({}, unplaced), target)
    assert files(target) == before


def test_a_source_without_loans_is_refused(spark, write_loans, tmp_path):
    with pytest.raises(SourceError, match="no loan"):
        run(spark, write_loans(), tmp_path / "curated")


def test_running_again_leaves_the_same_table(spark, write_loans, tmp_path):
    target = tmp_path / "curated"
    source = write_loans({"LoanNr_ChkDgt": "1"}, {"LoanNr_ChkDgt": "2", "ApprovalFY": "1998"})
    run(spark, source, target)
    first = table(spark, target)
    run(spark, source, target)
    assert table(spark, target) == first
    assert {Path(name).parts[0] for name in files(target)} == {"approval_year=1997", "approval_year=1998"}


def test_a_later_source_replaces_its_years_and_no_other(spark, write_loans, tmp_path):
    target = tmp_path / "curated"
    run(spark, write_loans({"LoanNr_ChkDgt": "1"}, {"LoanNr_ChkDgt": "2", "ApprovalFY": "1998"}), target)
    run(spark, write_loans({"LoanNr_ChkDgt": "3", "ApprovalFY": "1998"}), target)
    assert [(loan["application_id"], loan["approval_year"]) for loan in table(spark, target)] == [
        ("1", 1997),
        ("3", 1998),
    ]


def test_the_sample_of_real_loans(spark, tmp_path, capsys):
    # As Glue passes them: its own arguments around ours.
    history.main(
        [
            "--JOB_NAME",
            "history",
            "--source",
            str(SAMPLE),
            "--target",
            str(tmp_path / "curated"),
            "--JOB_RUN_ID",
            "jr_1",
        ]
    )
    loans = table(spark, tmp_path / "curated")
    assert f"{len(loans)} loans of " in capsys.readouterr().out
    assert len(loans) == SAMPLE.read_text().count("\n") - 1
    assert all(loan["approval_date"] and loan["requested_amount"] > 0 for loan in loans)
    # The fiscal year of 1997 began in October 1996.
    assert all(0 <= loan["approval_year"] - loan["approval_date"].year <= 1 for loan in loans)

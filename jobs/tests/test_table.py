"""The table: what runs add to it, its snapshots, and its schema as the definitions change."""

from __future__ import annotations

import dataclasses

import pytest
from conftest import KEY

from jobs.history.definitions import load_definitions
from jobs.history.pseudonyms import pseudonym


def test_a_loan_of_the_table(runs, write_loans):
    write_loans({"LoanNr_ChkDgt": "1000014003"})
    runs.run()
    loan = runs.loans()["1000014003"]
    features = loan.pop("features")
    assert loan | {"submitted_at": str(loan["submitted_at"])} == {
        "application_id": "1000014003",
        "applicant": pseudonym(KEY, "ABC HOBBYCRAFT"),
        "submitted_at": "1997-02-28",
        "state": "IN",
        "lender_name": "FIFTH THIRD BANK",
        "lender_state": "OH",
        "industry_code": "451120",
        "requested_amount": 60000.0,
        "guaranteed_amount": 48000.0,
        "employees": 4,
        "new_business": True,
        "jobs_created": 0,
        "jobs_retained": 0,
        "franchise": False,
        "urban_rural": "unknown",
        "revolving_credit": False,
        "low_documentation": True,
        "defaulted": False,
        "features_version": 1,
        "fiscal_year": 1997,
    }
    assert (features["guaranteed_share"], features["sector"], features["same_state"]) == (0.8, "45", False)


def test_the_table_is_parted_by_fiscal_year(runs, write_loans):
    write_loans({}, {"ApprovalFY": "1998"})
    runs.run()
    files = runs.spark.sql(f"SELECT partition.fiscal_year FROM history.tests.{runs.name}.files").collect()
    assert sorted(row["fiscal_year"] for row in files) == [1997, 1998]


def test_a_rerun_reads_nothing_and_makes_no_snapshot(runs, write_loans):
    write_loans({}, {})
    first, again = runs.run(), runs.run()
    assert (first.added, again.added, again.files) == (2, 0, ())
    assert runs.snapshots() == [first.snapshot] == [again.snapshot]


def test_even_without_the_state_of_the_last_run_a_rerun_makes_no_snapshot(runs, write_loans, tmp_path):
    write_loans({}, {})
    first = runs.run()
    (tmp_path / "state/last-run.json").unlink()
    again = runs.run()
    assert (again.added, again.changed, len(again.files)) == (0, 0, 1)
    assert runs.snapshots() == [first.snapshot]


def test_a_later_file_adds_its_loans_and_changes_those_that_it_has_otherwise(runs, write_loans):
    write_loans({"LoanNr_ChkDgt": "1", "MIS_Status": ""}, {"LoanNr_ChkDgt": "2"})
    first = runs.run()
    write_loans(
        {"LoanNr_ChkDgt": "1", "MIS_Status": "CHGOFF"}, {"LoanNr_ChkDgt": "2"}, {"LoanNr_ChkDgt": "3"}, name="late.csv"
    )
    second = runs.run()
    assert (second.added, second.changed) == (1, 1)
    assert {number: loan["defaulted"] for number, loan in runs.loans().items()} == {"1": True, "2": False, "3": False}
    assert runs.snapshots() == [first.snapshot, second.snapshot]


def test_the_data_that_a_model_was_trained_on_can_be_read_again(runs, write_loans):
    write_loans({"LoanNr_ChkDgt": "1", "MIS_Status": ""})
    trained_on = runs.run().snapshot
    write_loans({"LoanNr_ChkDgt": "1", "MIS_Status": "CHGOFF"}, {"LoanNr_ChkDgt": "2"}, name="late.csv")
    runs.run()
    then = runs.spark.sql(f"SELECT * FROM history.tests.{runs.name} VERSION AS OF {trained_on}").collect()
    assert [(loan["application_id"], loan["defaulted"]) for loan in then] == [("1", None)]


def test_of_a_loan_in_two_new_files_the_newest_counts(runs, write_loans):
    write_loans({"LoanNr_ChkDgt": "1", "NoEmp": "1"}, name="b.csv")
    write_loans({"LoanNr_ChkDgt": "1", "NoEmp": "2"}, name="a.csv")
    assert runs.run().added == 1
    assert runs.loans()["1"]["employees"] == 2


@pytest.fixture
def next_definitions():
    """A version of the definitions with a feature more, and one less."""
    now = load_definitions()
    features = (*now.features[1:], {"name": "sameSize", "type": "flag", "op": {"equal": ["jobsCreated", "employees"]}})
    return dataclasses.replace(now, features=features, features_version=2, digest="next")


def test_new_features_are_added_to_all_loans_and_old_snapshots_stay_as_they_were(runs, write_loans, next_definitions):
    write_loans({}, {"CreateJob": "4"})
    before = runs.run().snapshot
    outcome = runs.run(definitions=next_definitions)
    assert (outcome.added, outcome.changed) == (0, 2)
    loans = sorted(runs.loans().values(), key=lambda loan: loan["application_id"])
    assert [loan["features"]["same_size"] for loan in loans] == [False, True]
    assert {(loan["features"]["amount"], loan["features_version"]) for loan in loans} == {(None, 2)}
    then = runs.spark.sql(f"SELECT * FROM history.tests.{runs.name} VERSION AS OF {before}")
    assert "same_size" not in then.schema["features"].dataType.fieldNames()
    assert then.selectExpr("features.amount").collect()[0]["amount"] == 60000.0


def test_a_column_that_is_added_is_null_in_the_loans_that_do_not_have_it(runs, write_loans):
    now = load_definitions()
    fewer = dataclasses.replace(
        now, columns=tuple(column for column in now.columns if column.field != "lenderName"), digest="fewer"
    )
    write_loans({"LoanNr_ChkDgt": "1"})
    runs.run(definitions=fewer)
    assert "lender_name" not in runs.table().columns
    write_loans({"LoanNr_ChkDgt": "2"}, name="late.csv")
    (runs.folder / "raw/loans.csv").unlink()
    runs.run()
    assert {number: loan["lender_name"] for number, loan in runs.loans().items()} == {
        "1": None,
        "2": "FIFTH THIRD BANK",
    }

"""The gate: what each rule stops, what the report tells, and that a bad file stays out whole."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from conftest import COLUMNS, KEY, SAMPLE

from jobs.history.definitions import load_definitions
from jobs.history.pseudonyms import pseudonym


def report(outcome):
    return json.loads(Path(outcome.report).read_text())


def findings(outcome):
    (file,) = report(outcome)["files"]
    return {finding["rule"]: finding for finding in file["findings"]}


GOOD = [{}] * 4


@pytest.mark.parametrize(
    ("loans", "rule", "column", "failed"),
    [
        ([*GOOD, {"LoanNr_ChkDgt": " "}], "applicationId complete", "LoanNr_ChkDgt", 1),
        ([*GOOD, {"GrAppv": "plenty"}], "requestedAmount complete", "GrAppv", 1),
        ([*GOOD, {"BankState": ""}], "lenderState complete", "BankState", 1),
        ([{"LoanNr_ChkDgt": "1"}] * 3, "applicationId unique", "LoanNr_ChkDgt", 2),
        ([*GOOD, {"LoanNr_ChkDgt": "no loan"}], "applicationId matches", "LoanNr_ChkDgt", 1),
        ([*GOOD, {"NAICS": "retail"}], "industryCode matches", "NAICS", 1),
        ([*GOOD, {"ApprovalDate": "1-Jan-30", "ApprovalFY": "2030"}], "submittedAt range", "ApprovalDate", 1),
        ([*GOOD, {"GrAppv": "$0.00", "SBA_Appv": "$0.00"}], "requestedAmount range", "GrAppv", 1),
        ([*GOOD, {"NoEmp": "-1"}, {"NoEmp": "-2"}], "employees range", "NoEmp", 2),
        ([*GOOD, {"SBA_Appv": "$60,000.01"}], "guaranteedAmount at most", "SBA_Appv", 1),
        ([*GOOD, {"State": "XX"}], "state refers", "State", 1),
        ([*GOOD, {"NAICS": "991234"}], "industryCode refers", "NAICS", 1),
        ([], "rows", None, 0),
    ],
)
def test_what_stops_a_file(runs, write_loans, loans, rule, column, failed):
    write_loans(*loans)
    outcome = runs.run()
    assert (outcome.added, outcome.snapshot, len(outcome.stopped)) == (0, None, 1)
    found = findings(outcome)
    assert (found[rule]["column"], found[rule]["failedRows"]) == (column, failed)
    assert runs.run().stopped, "it is judged again as long as it is there"


def test_a_share_that_may_fail_does_not_stop_a_file(runs, write_loans):
    write_loans(*[{}] * 99, {"BankState": ""})
    assert runs.run().stopped == []


def test_the_report_names_samples_of_the_rows_that_fail(runs, write_loans):
    bad = [{"LoanNr_ChkDgt": str(number), "NoEmp": "-1"} for number in range(10, 20)]
    write_loans(*GOOD, *bad)
    keys = findings(runs.run())["employees range"]["sampleKeys"]
    assert len(set(keys)) == 5
    assert set(keys) <= {loan["LoanNr_ChkDgt"] for loan in bad}


def test_a_report_shows_nothing_personal_even_of_a_file_with_shifted_columns(runs, write_loans):
    write_loans({"LoanNr_ChkDgt": "ZEBEDEE QUUX", "Name": "1000014003", "NoEmp": "-1"})
    outcome = runs.run()
    assert findings(outcome)["employees range"]["sampleKeys"] == [f"pseudonym {pseudonym(KEY, 'ZEBEDEE QUUX')}"]
    shown = json.dumps(report(outcome)) + outcome.stopped[0].summary
    assert "QUUX" not in shown
    assert "1000014003" not in shown


def test_missing_columns_stop_a_file_with_their_names(runs, write_loans):
    write_loans({}, columns=("LoanNr_ChkDgt", "State", "GrAppv"))
    found = findings(runs.run())["columns"]
    assert "no column Name, City, Zip, Bank, BankState" in found["detail"]
    assert "it has 3 columns" in found["detail"]


@pytest.mark.parametrize(
    ("content", "detail"),
    [("", "it has 0 columns"), ("\x00\x01,\xff", "it has 2 columns"), ("{header},STATE", "two columns have one name")],
)
def test_a_file_that_is_no_file_of_loans_does_not_hold_up_the_others(runs, write_loans, content, detail):
    write_loans({"LoanNr_ChkDgt": "1"}, name="loans [1] {a,b}*.csv")
    (runs.folder / "raw/bad.csv").write_text(content.replace("{header}", ",".join(COLUMNS)))
    outcome = runs.run()
    assert (outcome.added, set(runs.loans())) == (1, {"1"})
    assert detail in outcome.stopped[0].summary


def test_one_bad_file_stays_out_and_the_others_go_in(runs, write_loans):
    write_loans({"LoanNr_ChkDgt": "1"}, name="good.csv")
    bad = write_loans({"LoanNr_ChkDgt": "2"}, {"LoanNr_ChkDgt": "3", "NoEmp": "-1"}, name="bad.csv")
    outcome = runs.run()
    assert [stopped.file.name for stopped in outcome.stopped] == ["bad.csv"]
    assert set(runs.loans()) == {"1"}
    assert {file["file"].rpartition("/")[2]: file["accepted"] for file in report(outcome)["files"]} == {
        "good.csv": True,
        "bad.csv": False,
    }
    assert report(outcome)["snapshotId"] == str(outcome.snapshot)
    write_loans({"LoanNr_ChkDgt": "2"}, {"LoanNr_ChkDgt": "3"}, name=bad.name)
    assert runs.run().added == 2


def test_a_file_with_half_the_rows_of_the_last_of_its_series_is_stopped(runs, write_loans):
    write_loans(*[{}] * 10, name="loans-2024.csv")
    runs.run()
    write_loans(*[{}] * 4, name="loans-2025.csv")
    (stopped,) = runs.run().stopped
    assert "4 rows where the last file of the series had 10; 0.5 to 2 times as many" in stopped.summary
    write_loans(*[{}] * 4, name="corrections.csv")
    assert [report.file.name for report in runs.run().stopped] == ["loans-2025.csv"], "another series is not compared"


def test_a_file_whose_distribution_has_moved_is_stopped(runs, write_loans):
    write_loans(*[{}] * 150, *[{"MIS_Status": "CHGOFF"}] * 50, name="loans-1.csv")
    assert runs.run().stopped == []
    write_loans(*[{}] * 140, *[{"MIS_Status": "CHGOFF"}] * 60, name="loans-2.csv")
    assert runs.run().stopped == [], "chance may do this"
    write_loans(*[{}] * 50, *[{"MIS_Status": "CHGOFF"}] * 150, name="loans-3.csv")
    outcome = runs.run()
    assert list(findings(outcome)) == ["defaulted distribution against last"]
    assert "population stability index 0." in outcome.stopped[0].summary


def test_a_check_that_the_job_does_not_know_is_no_check_that_passes(runs, write_loans):
    write_loans({})
    rules = [{"check": "plausible", "column": "state"}]
    with pytest.raises(ValueError, match="has a check 'plausible', which the job does not know"):
        runs.run(definitions=dataclasses.replace(load_definitions(), rules=tuple(rules)))


def test_all_rules_pass_on_real_loans(runs):
    assert report(runs.run(SAMPLE))["files"][0]["findings"] == []

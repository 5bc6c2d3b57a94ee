"""How the source's columns are read."""

from __future__ import annotations

import datetime as dt

import pytest
from conftest import COLUMNS, SAMPLE

from jobs.history.definitions import load_definitions
from jobs.history.source import SourceError, read_header, read_rows
from jobs.history.storage import list_files


def read(spark, path):
    files = [(file, read_header(spark, file)) for file in list_files(spark, str(path))]
    return read_rows(spark, files, load_definitions().read)


@pytest.mark.parametrize(
    ("column", "field", "expected"),
    [
        ("ApprovalDate", "submittedAt", {"1-Jun-61": dt.date(1961, 6, 1), "29-Feb-72": dt.date(1972, 2, 29)}),
        ("ApprovalDate", "submittedAt", {"31-Dec-13": dt.date(2013, 12, 31), "1997-02-28": None, "": None}),
        ("ApprovalFY", "fiscalYear", {"1976A": 1976, "1997": 1997, "97": None, "": None}),
        ("GrAppv", "requestedAmount", {"$1,234,567.89 ": 1234567.89, "plenty": None, "1d": None, "$-5.00": -5.0}),
        ("NoEmp", "employees", {"many": None, "4.7": None, " 12 ": 12, "": None}),
        ("NewExist", "newBusiness", {"1": False, "2.0": True, "0": None}),
        ("FranchiseCode", "franchise", {"0": False, "1": False, "78760": True, "": None}),
        ("UrbanRural", "urbanRural", {"1": "urban", "2": "rural", "0": "unknown", "9": None}),
        ("MIS_Status", "defaulted", {"CHGOFF": True, "P I F": False, "": None}),
        ("NAICS", "industryCode", {"0": "0", "": None}),
        ("Name", "applicantName", {'SMITH, "JOE" & SON': 'SMITH, "JOE" & SON', "  ": None}),
    ],
)
def test_how_a_value_is_read(spark, write_loans, column, field, expected):
    path = write_loans(*({column: written} for written in expected))
    rows = read(spark, path).orderBy("applicationId").collect()
    assert [row[field] for row in rows] == list(expected.values())


def test_more_columns_and_another_order_do_not_shift_a_loan(spark, write_loans):
    path = write_loans({"Remark": "a, b"}, columns=("Remark", *reversed(COLUMNS)))
    (loan,) = read(spark, path).collect()
    assert (loan["state"], loan["requestedAmount"], loan["defaulted"]) == ("IN", 60000.0, False)


def test_what_identifies_a_person_indirectly_is_not_even_read(spark, write_loans):
    assert {"city", "zip"}.isdisjoint(read(spark, write_loans({})).columns)


def test_a_source_without_files_is_refused(runs, tmp_path):
    (tmp_path / "raw").mkdir()
    with pytest.raises(SourceError, match=r"there is no file under .*raw: upload one CSV file"):
        runs.run()


def test_the_sample_of_real_loans(runs):
    outcome = runs.run(SAMPLE)
    assert outcome.stopped == []
    assert outcome.added == SAMPLE.read_text().count("\n") - 1 == runs.table().count()
    # The fiscal year of 1997 began in October 1996.
    assert runs.table().where("fiscal_year - year(submitted_at) NOT BETWEEN 0 AND 1").isEmpty()

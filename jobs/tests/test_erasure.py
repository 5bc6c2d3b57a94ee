"""Erasure: a person is in no file of the table any more, and comes back with no file of loans."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pytest
from conftest import KEY

from jobs.history.erasure import Erased, erase
from jobs.history.pseudonyms import pseudonym

PERSON = pseudonym(KEY, "ZEBEDEE QUUX BAKERY")
OTHERS = {pseudonym(KEY, "ANOTHER"), pseudonym(KEY, "A THIRD")}


@pytest.fixture
def planted(runs, write_loans):
    """A table whose older snapshot has the person too: two loans of theirs, and two of others in the same files."""
    theirs = {"Name": "Zebedee Quux Bakery"}
    write_loans(theirs, {"Name": "ANOTHER"}, name="loans-1.csv")
    runs.run()
    write_loans(theirs, {"Name": "A THIRD", "ApprovalFY": "1998"}, name="loans-2.csv")
    runs.run()
    return runs


def erased(runs, *persons):
    job = runs.job()
    listed = runs.folder / "state" / "erased.json"
    listed.parent.mkdir(exist_ok=True)
    listed.write_text(json.dumps(persons))
    return erase(runs.spark, job.table, job.state)


def data_files(runs, warehouse):
    return list((warehouse / "tests" / runs.name / "data").rglob("*.parquet"))


def applicants_on_disk(runs, warehouse):
    """The pseudonyms in every data file that there is, whether or not a snapshot has it."""
    rows = runs.spark.read.parquet(*map(str, data_files(runs, warehouse))).collect()
    return {row["applicant"] for row in rows}


def bounds(runs):
    """The lowest and highest values that metadata has of data files, also of those that are deleted."""
    entries = runs.spark.sql(f"SELECT data_file FROM history.tests.{runs.name}.all_entries").collect()
    files = [row["data_file"] for row in entries]
    return b"".join(
        bytes(value) for file in files for ends in (file.lower_bounds, file.upper_bounds) for value in ends.values()
    )


def test_a_person_is_in_no_snapshot_no_file_and_no_metadata_any_more(planted, warehouse):
    assert PERSON in applicants_on_disk(planted, warehouse)
    assert erased(planted, PERSON) == Erased(2, left=0)
    assert applicants_on_disk(planted, warehouse) == OTHERS
    assert {loan["applicant"] for loan in planted.loans().values()} == OTHERS
    assert len(planted.snapshots()) == 1
    found = bounds(planted)
    assert b"1000000001" in found
    assert PERSON[:16].encode() not in found


def test_a_person_who_was_deleted_is_still_in_older_snapshots_until_they_are_expired(planted, warehouse):
    planted.spark.sql(f"DELETE FROM history.tests.{planted.name} WHERE applicant = '{PERSON}'")
    assert PERSON in applicants_on_disk(planted, warehouse)
    assert erased(planted, PERSON) == Erased(0, left=0)
    assert PERSON not in applicants_on_disk(planted, warehouse)


def test_files_of_a_killed_run_which_no_snapshot_has_go_too(planted, warehouse):
    file = data_files(planted, warehouse)[0]
    orphan = file.with_name("killed.parquet")
    shutil.copy(file, orphan)
    assert erased(planted, PERSON) == Erased(2, left=0)
    assert not orphan.exists()
    assert applicants_on_disk(planted, warehouse) == OTHERS


def test_a_person_does_not_come_back_with_the_files_that_have_them_still(planted, write_loans):
    erased(planted, PERSON)
    assert planted.run().files == ()
    write_loans({"Name": " zebedee  quux BAKERY"}, {"Name": "A FOURTH"}, name="loans-3.csv")
    assert planted.run().added == 1
    definitions = planted.job().definitions
    anew = planted.run(definitions=replace(definitions, digest="another: every file is read again"))
    assert (len(anew.files), anew.added) == (3, 0)
    assert {loan["applicant"] for loan in planted.loans().values()} == {*OTHERS, pseudonym(KEY, "A FOURTH")}


def test_an_erasure_can_be_done_again_and_before_there_is_a_table(runs):
    for _ in range(2):
        assert erased(runs, PERSON, "another") == Erased(0, left=0)


def test_an_erasure_of_nobody_changes_nothing(planted):
    snapshots = planted.snapshots()
    assert erased(planted) == Erased(0, left=0)
    assert planted.snapshots() == snapshots

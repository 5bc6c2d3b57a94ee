"""Reads the history's table as it was at a snapshot: the loans that a model was, or is to be, trained on.

The batch job writes the table (``jobs/history``) and tells the snapshot's id. Reading needs no Spark.
"""

from __future__ import annotations

import os
import re

import boto3
import polars as pl
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.table import StaticTable

from trainer.loans import InputError


def read_snapshot(table: str, snapshot_id: int) -> pl.DataFrame:
    """The loans of a snapshot, in no particular order.

    Args:
        table: ``glue://DATABASE/TABLE``, or the address of a metadata file of the table, such as
            ``s3://BUCKET/curated/loans/metadata/00002-….metadata.json``. Any later one will do as well: a snapshot
            never changes.
        snapshot_id: as the batch job has told it.

    Returns:
        A frame with the fields of an application that the history keeps, under their names there; ``applicant``, the
        pseudonym of the applicant's name; ``defaulted`` (null where there is no outcome); and ``features``, a struct
        of them by ``featuresVersion`` of their definition.

    Raises:
        InputError: if there is no such table, or if it has no such snapshot.
    """
    metadata = metadata_of(table)
    try:
        iceberg = StaticTable.from_metadata(metadata, _store())
    except (FileNotFoundError, NoSuchTableError) as error:
        raise InputError(f"there is no metadata of a table at {metadata}: run the batch job first") from error
    if iceberg.snapshot_by_id(snapshot_id) is None:
        known = ", ".join(str(snapshot.snapshot_id) for snapshot in iceberg.snapshots())
        raise InputError(f"{table} has no snapshot {snapshot_id}: it has {known or 'none'}")
    loans = pl.DataFrame(iceberg.scan(snapshot_id=snapshot_id).to_arrow())
    features = loans.schema["features"]
    assert isinstance(features, pl.Struct)
    return (
        loans.with_columns(pl.col("features").struct.rename_fields([_field(name) for name in features.to_schema()]))
        .rename(_field)
        .cast({pl.Int32: pl.Int64})
    )


def metadata_of(table: str) -> str:
    """Address of the table's newest metadata, of a table given as ``read_snapshot`` takes it."""
    in_catalogue = re.fullmatch(r"glue://([^/]+)/([^/]+)", table)
    if in_catalogue is None:
        return table
    glue = boto3.client("glue")
    database, name = in_catalogue.groups()
    try:
        found = glue.get_table(DatabaseName=database, Name=name)["Table"]
    except glue.exceptions.EntityNotFoundException as error:
        raise InputError(f"the catalogue has no table {database}.{name}: run the batch job first") from error
    return found["Parameters"]["metadata_location"]


def _store() -> dict[str, str]:
    """What PyArrow does not find by itself: AWS's own clients know the endpoint by this variable."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    region = os.environ.get("AWS_REGION")
    given = {"s3.endpoint": endpoint, "s3.region": region}
    return {name: value for name, value in given.items() if value}


def _field(column: str) -> str:
    """A column's name as an application has it: the table's are in lower case."""
    return re.sub(r"_([a-z])", lambda letter: letter.group(1).upper(), column)

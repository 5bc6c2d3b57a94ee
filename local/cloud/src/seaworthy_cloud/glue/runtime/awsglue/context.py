"""The Glue context, as far as it is a Spark session."""

from __future__ import annotations

import logging

from pyspark import SparkContext  # ty: ignore[import-not-found]
from pyspark.sql import SparkSession, SQLContext  # ty: ignore[import-not-found]


class GlueContext(SQLContext):
    """Holds the Spark session; what AWS adds to it (DynamicFrames, catalogue sources) is an AttributeError."""

    def __init__(self, spark_context: SparkContext) -> None:
        """Make the session of this context."""
        self.spark_session = SparkSession(spark_context)
        super().__init__(spark_context, self.spark_session)

    def get_logger(self) -> logging.Logger:
        """A logger that writes to the run's log."""
        return logging.getLogger("glue")

"""An event source mapping: its settings as they are now, and whether it still exists."""

from __future__ import annotations

from typing import Any

from ministack.services import lambda_svc


class Mapping:
    """A mapping of the emulator's; its settings follow every update."""

    def __init__(self, record: dict[str, Any]) -> None:
        """A view of the emulator's record, which stays where it is."""
        self.record = record
        self.id: str = record["UUID"]
        self.source_arn: str = record.get("EventSourceArn") or ""

    @property
    def exists(self) -> bool:
        """Whether it has not been deleted."""
        return lambda_svc._esms.get(self.id) is self.record

    @property
    def topic(self) -> str:
        """The Kafka topic that it reads."""
        return self.record["Topics"][0]

    @property
    def starting_position(self) -> str:
        """Where a group begins that has read nothing."""
        return self.record.get("StartingPosition") or "LATEST"

    @property
    def enabled(self) -> bool:
        """Whether it reads at all."""
        return _flag(self.record.get("Enabled", True))

    @property
    def batch_size(self) -> int:
        """Most records of a batch."""
        return self._number("BatchSize", 100)

    @property
    def window(self) -> float:
        """Seconds for which records are gathered, at most, before they are delivered."""
        return float(self._number("MaximumBatchingWindowInSeconds", 0))

    @property
    def lanes(self) -> int:
        """Batches of one shard that are processed at a time."""
        return self._number("ParallelizationFactor", 1)

    @property
    def most_retries(self) -> int | None:
        """Deliveries after the first; None is no limit."""
        return _limit(self._number("MaximumRetryAttempts", -1))

    @property
    def most_age(self) -> int | None:
        """Seconds after which a record is not delivered any more; None is no limit."""
        return _limit(self._number("MaximumRecordAgeInSeconds", -1))

    @property
    def splits(self) -> bool:
        """Whether a batch that failed is split."""
        return _flag(self.record.get("BisectBatchOnFunctionError", False))

    @property
    def reports_items(self) -> bool:
        """Whether the function's answer says which records failed."""
        return "ReportBatchItemFailures" in (self.record.get("FunctionResponseTypes") or [])

    @property
    def failure_destination(self) -> str | None:
        """ARN of where records go that were given up."""
        return ((self.record.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")

    @property
    def function_name(self) -> str:
        """Name of the function, as metrics have it."""
        return str(self.record["FunctionName"]).split(":function:")[-1].split(":")[0]

    def function(self) -> dict[str, Any] | None:
        """The function as it is now, of the version or alias that the mapping names; None once it is deleted."""
        function, _ = lambda_svc._get_func_record_for_qualifier(
            self.record["FunctionName"], self.record.get("Qualifier")
        )
        return function

    def matching(self, events: list[dict[str, Any]]) -> list[bool]:
        """For each event whether it passes the mapping's filters."""
        if not (self.record.get("FilterCriteria") or {}).get("Filters"):
            return [True] * len(events)
        kept = {id(each) for each in lambda_svc._apply_filter_criteria(events, self.record)}
        return [id(each) in kept for each in events]

    def note_result(self, result: str) -> None:
        """Set what GetEventSourceMapping says of the last batch."""
        self.record["LastProcessingResult"] = result

    def _number(self, name: str, default: int) -> int:
        value = self.record.get(name)
        return default if value is None else int(value)


def _flag(value: object) -> bool:
    """CloudFormation hands booleans over as text."""
    return str(value).lower() == "true"


def _limit(value: int) -> int | None:
    return None if value < 0 else value

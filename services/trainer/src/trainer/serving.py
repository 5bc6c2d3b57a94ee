"""What follows from a change of the champion: the audit trail has it, then the service follows."""

from __future__ import annotations

from trainer.audit import Append, champion_entry
from trainer.registry import end_challenge, point_to
from trainer.stages import Pointer, Stages
from trainer.store import Store


def serve(registry: Store, stages: Stages, pointer: Pointer, append: Append, by: str, reason: str) -> None:
    """Let the service serve the champion. What takes effect is in the audit trail before; doing it again does no harm.

    Args:
        registry: what the service follows.
        stages: where the change has taken place.
        pointer: the champion that came of it.
        append: of the audit trail.
        by: user id of whoever is answerable for it.
        reason: why, for the audit trail.
    """
    append(champion_entry(registry, pointer, by, reason))
    point_to(registry, pointer.version, stages.get(pointer.version).manifestSha256, pointer.sequence)
    end_challenge(registry, pointer.version)

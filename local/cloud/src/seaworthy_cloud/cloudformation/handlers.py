"""The emulator's table of CloudFormation types: how to add a type and how to extend one it has.

A handler creates, updates and deletes one resource through the emulator's own API. What it raises becomes the reason of
the resource's CREATE_FAILED or UPDATE_FAILED; nothing is swallowed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, cast

from ministack.services.cloudformation import provisioners

_log = logging.getLogger(__name__)

TABLE: dict[str, dict[str, Any]] = cast("Any", provisioners._RESOURCE_HANDLERS)
"""The handlers of each type, by "create", "update" and "delete"."""

Properties = Mapping[str, Any]
Created = tuple[str, dict[str, Any]]
"""The physical id, which is the value of Ref, and the attributes for Fn::GetAtt."""

Create = Callable[..., Created]
"""From logical id, properties and the stack's name."""
Update = Callable[[str, Properties, Properties, str], Created]
"""From physical id, old properties, new properties and the stack's name."""
Delete = Callable[[str, Properties], None]
Apply = Callable[[str, Properties, Properties | None], dict[str, Any] | None]
"""From physical id, properties and, on an update, the old ones; returns attributes to add or replace."""


def add(resource_type: str, create: Create, update: Update, delete: Delete) -> None:
    """Add a type; one that the emulator has learnt by itself is left alone, with a warning."""
    if resource_type in TABLE:
        _log.warning("the emulator has its own %s now: the extension's is not used", resource_type)
        return
    TABLE[resource_type] = {"create": create, "update": update, "delete": delete}


def extend(resource_type: str, apply: Apply, remove: Callable[[str], None] | None = None) -> None:
    """Apply what the emulator's handler of a type leaves out, after each create and update.

    `remove` is called with the physical id before the resource is deleted, to take back what `apply` has done.
    Raises KeyError when the emulator has no such type, or can't update it.
    """
    handler = dict(TABLE[resource_type])
    create, update, delete = handler["create"], handler["update"], handler["delete"]

    def create_all(logical_id: str, properties: Properties, stack: str) -> Created:
        physical_id, attributes = create(logical_id, properties, stack)
        try:
            added = apply(physical_id, properties, None)
        except Exception:
            # The engine does not know the resource yet and would leave it behind.
            delete_created(logical_id, physical_id, properties)
            raise
        return physical_id, {**attributes, **(added or {})}

    def delete_created(logical_id: str, physical_id: str, properties: Properties) -> None:
        arguments = (logical_id,) if handler.get("delete_with_logical_id") else ()
        delete_all(physical_id, properties, *arguments)

    def delete_all(physical_id: str, properties: Properties, *rest: str) -> None:
        if remove:
            remove(physical_id)
        delete(physical_id, properties, *rest)

    def update_all(physical_id: str, old: Properties, new: Properties, stack: str, *rest: str) -> Created:
        updated_id, attributes = update(physical_id, old, new, stack, *rest)
        added = apply(updated_id, new, old if updated_id == physical_id else None)
        return updated_id, {**attributes, **(added or {})}

    handler.update(create=create_all, update=update_all, delete=delete_all)
    TABLE[resource_type] = handler


def physical_name(stack: str, logical_id: str, length: int = 128) -> str:
    """A name as CloudFormation would generate it, of at most `length` characters."""
    return provisioners._physical_name(stack, logical_id, max_len=length)


def boolean(value: Any) -> bool:
    """A template's boolean, which may be the string "true"."""
    return provisioners._cfn_bool(value)


def present(values: Mapping[str, Any]) -> dict[str, Any]:
    """The entries that are not None: what a template leaves out is left out of the request."""
    return {name: value for name, value in values.items() if value is not None}


def integer(value: Any) -> int | None:
    """A template's number, which may be a string; None stays None."""
    return None if value is None else int(value)


def renamed(value: Any, names: Mapping[str, str]) -> dict[str, Any]:
    """Rename a template's keys to those of the API; raises ValueError for a key that is not among `names`."""
    if unknown := sorted(value.keys() - names.keys()):
        raise ValueError(f"not part of the embedded cloud: {', '.join(unknown)}")
    return {names[key]: each for key, each in value.items()}

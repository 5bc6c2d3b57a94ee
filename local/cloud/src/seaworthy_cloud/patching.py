"""Replacement of the emulator's own functions."""

from __future__ import annotations

from types import ModuleType
from typing import Any


def replace(module: ModuleType, name: str, replacement: Any) -> None:
    """Put `replacement` in the place of a function of the emulator.

    Raises AttributeError when there is no such function: the emulator's version is not the one this was written for.
    """
    if not hasattr(module, name):
        raise AttributeError(f"{module.__name__} has no {name}: this is not the MiniStack it was written for")
    setattr(module, name, replacement)


def replace_action(module: ModuleType, action: str, replacement: Any) -> None:
    """Put `replacement` in the place of what the emulator does for an action of a service's API.

    Raises KeyError when the service has no such action.
    """
    actions: dict[str, Any] = module._ACTION_MAP
    if action not in actions:
        raise KeyError(
            f"{module.__name__} has no action {action}: the extension does not fit this version of MiniStack"
        )
    actions[action] = replacement

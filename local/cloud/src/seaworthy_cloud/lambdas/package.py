"""The code of a function and its layers, unpacked."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

from ministack.services import lambda_svc


def unpack(code: bytes, folder: Path) -> None:
    """Extract a zip into a folder, with the modes of its files. Raises ValueError for an entry outside of it."""
    folder.mkdir(parents=True, exist_ok=True)
    root = folder.resolve()
    with zipfile.ZipFile(io.BytesIO(code)) as archive:
        for entry in archive.infolist():
            target = (root / entry.filename).resolve()
            if not target.is_relative_to(root):
                raise ValueError(f"the zip's entry {entry.filename} lies outside of its folder")
            archive.extract(entry, root)
            mode = entry.external_attr >> 16
            if mode and target.is_file():
                target.chmod(mode & 0o777 | 0o400)


def unpack_layers(configuration: dict[str, Any], folder: Path) -> list[Path]:
    """Extract each layer into a folder of its own, in the order in which they are searched."""
    folders = []
    for number, layer in enumerate(configuration.get("Layers") or []):
        code = lambda_svc._resolve_layer_zip(layer)
        if not code:
            raise ValueError(f"the layer {layer} can not be found")
        unpack(code, folder / str(number))
        folders.insert(0, folder / str(number))
    return folders

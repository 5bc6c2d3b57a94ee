from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import lightgbm as lgb
import msgspec
import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from onnx import TensorProto, helper

NAMES = ["amount", "franchise", "state"]
ENCODINGS = [
    {"name": "amount", "type": "number"},
    {"name": "franchise", "type": "flag"},
    {"name": "state", "type": "category", "categories": {"CA": 0.0, "NY": 1.0}},
]
FEATURES: dict[str, Any] = {"amount": 900.0, "franchise": True, "state": "NY"}


def _linear_onnx(width: int, scale: float) -> bytes:
    """A model with the interface of the real one: probability = sigmoid(sum of inputs / scale - 1)."""
    graph = helper.make_graph(
        [
            helper.make_node("ReduceSum", ["input"], ["sum"], keepdims=1),
            helper.make_node("Div", ["sum", "scale"], ["scaled"]),
            helper.make_node("Sub", ["scaled", "one"], ["odds"]),
            helper.make_node("Sigmoid", ["odds"], ["bad"]),
            helper.make_node("Sub", ["one", "bad"], ["good"]),
            helper.make_node("Concat", ["good", "bad"], ["probabilities"], axis=1),
        ],
        "linear",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [None, width])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [None, 2])],
        [
            helper.make_tensor("scale", TensorProto.FLOAT, [1], [scale]),
            helper.make_tensor("one", TensorProto.FLOAT, [1], [1.0]),
        ],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9).SerializeToString()


def _trees() -> bytes:
    """Trees in which the amount raises the risk and nothing else does."""
    random = np.random.default_rng(0)
    inputs = random.random((500, len(NAMES))) * [1000, 1, 1]
    data = lgb.Dataset(inputs, (inputs[:, 0] > 500).astype(int), feature_name=NAMES)
    booster = lgb.train({"objective": "binary", "verbosity": -1, "seed": 1}, data, num_boost_round=5)
    return booster.model_to_string().encode()


class FolderRegistry:
    """A registry in a folder, with versions that load and versions that don't, and the key that signs them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.private_key = folder / "private.pem"
        self.public_key = folder / "public.pem"
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.private_key.write_bytes(self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        self.public_key.write_bytes(
            self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        )
        self.address = f"file://{folder}"
        self.key = f"file://{self.public_key}"
        self._trees = _trees()

    def publish(
        self,
        version: str,
        *,
        width: int = 3,
        scale: float = 1000.0,
        damage: str | None = None,
        first: str = "amount",
        signed: bool = True,
        pointer: str = "champion",
    ) -> None:
        files = {"model.onnx": _linear_onnx(width, scale), "model.txt": self._trees}
        manifest = msgspec.json.encode(
            {
                "schemaVersion": 1,
                "version": version,
                "encodings": [{**ENCODINGS[0], "name": first}, *ENCODINGS[1:]],
                "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
            }
        )
        written = {**files, "manifest.json": manifest}
        if signed:
            written["manifest.sig"] = self._key.sign(manifest, ec.ECDSA(SHA256()))
        for name, content in written.items():
            path = self.folder / version / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content + b" " if name == damage else content)
        self.promote(version, hashlib.sha256(manifest).hexdigest(), pointer)

    def promote(self, version: str, digest: str | None = None, pointer: str = "champion") -> None:
        if digest is None:
            digest = hashlib.sha256((self.folder / version / "manifest.json").read_bytes()).hexdigest()
        self._point(pointer, {"version": version, "manifestSha256": digest, "promotedAt": "2026-01-01T00:00:00Z"})

    def end_challenge(self) -> None:
        self._point("challenger", None)

    def _point(self, pointer: str, content: dict[str, str] | None) -> None:
        # In one step, as an object in S3 is replaced.
        partial = self.folder / f"{pointer}.partial"
        partial.write_bytes(msgspec.json.encode(content))
        partial.rename(self.folder / f"{pointer}.json")


class Served:
    """A service at a port of this machine, whatever it runs in."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=10)

    def last_words(self) -> str | None:
        """What it has written, if it has ended."""
        raise NotImplementedError

    def until(self, condition: Callable[[], object]) -> None:
        """Wait until a condition holds; the service may not be up yet."""
        end = time.monotonic() + 90
        while time.monotonic() < end:
            try:
                if condition():
                    return
            except httpx.TransportError:
                assert (words := self.last_words()) is None, words
            time.sleep(0.02)
        raise AssertionError("the condition did not come to hold")

    def health(self) -> tuple[int, str, str | None]:
        answer = self.http.get("/health")
        return answer.status_code, answer.json()["status"], answer.json()["modelVersion"]

    def metric(self, name: str) -> float:
        lines = self.http.get("/metrics").text.splitlines()
        return next(float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{name} "))

    def score(self, **changes: Any) -> httpx.Response:
        return self.http.post("/score", json={"features": {**FEATURES, **changes}})


class Service(Served):
    """The real service, in a process of its own."""

    def __init__(self, registry: str, key: str, **more: str) -> None:
        super().__init__()
        environment = {
            "MODEL_REGISTRY": registry,
            "MODEL_SIGNING_KEY": key,
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            **more,
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "model_service"],
            env={**os.environ, **environment, "MODEL_POLL_SECONDS": "0.05"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def last_words(self) -> str | None:
        return None if self.process.poll() is None else self.process.communicate()[0]

    def stop(self) -> None:
        self.http.close()
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def registry(tmp_path: Path) -> FolderRegistry:
    return FolderRegistry(tmp_path)


@pytest.fixture
def service(registry: FolderRegistry) -> Iterator[Service]:
    yield from running(registry)


@pytest.fixture(scope="module")
def scoring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with a model, for tests that leave it as it is."""
    registry = FolderRegistry(tmp_path_factory.mktemp("registry"))
    registry.publish("v1")
    yield from running(registry)


def running(registry: FolderRegistry) -> Iterator[Service]:
    started = Service(registry.address, registry.key)
    started.until(started.health)
    yield started
    started.stop()

"""Trains, registers and evaluates the models of the loan approval."""

import os

# ONNX Runtime would report its use to its maker, from the moment that it is imported.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
# LightGBM's threads wait for each other in a loop unless told otherwise: five times as long on busy cores.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

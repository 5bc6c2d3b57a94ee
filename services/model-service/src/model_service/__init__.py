"""Serves the scores of the loan approval."""

import os

# ONNX Runtime would report its use to its maker, from the moment that it is imported.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

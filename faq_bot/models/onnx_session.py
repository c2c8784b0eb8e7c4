"""Running ONNX models."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from faq_bot.core.errors import ModelError

Floats = NDArray[np.float32]
Array = Floats | NDArray[np.float16] | NDArray[np.int32] | NDArray[np.int64]


class OnnxSession:
    """A model that is loaded; safe to share between threads.

    A run keeps to one processor: several runs side by side get more done than one that is divided,
    and spare the texts in them the padding to the length of the longest.
    """

    def __init__(self, path: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                path,
                options,
                providers=["CPUExecutionProvider"],
                disabled_optimizers=["SkipLayerNormFusion"],  # slower than its parts
            )
        except Exception as error:  # ONNX Runtime's errors have no class of their own
            raise ModelError(f"The network {path} cannot be loaded: {error}") from error

    def run(self, outputs: Sequence[str], **inputs: Array) -> list[Floats]:
        """Return the outputs with these names."""
        found: list[Floats] = self._session.run(list(outputs), inputs)
        return found

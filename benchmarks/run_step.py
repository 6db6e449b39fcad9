"""Runs a training step that export_step.py wrote, with JAX alone, and compares its losses with TensorFlow's.

    JAX_ENABLE_X64=1 python benchmarks/run_step.py hlo/step-hyper-u512-b64-t100.hlo

Needs JAX and NumPy, and the file of `export_step.py --values` beside the module. Prints each scalar that the step
reports as TensorFlow and as JAX computed it, and ends with status 1 where they differ by more than `TOLERANCE` of their
value.
"""

import argparse
import re
import sys
from pathlib import Path

import jax
import numpy as np
from jax._src.lib import xla_client

TOLERANCE = 1e-4


def outputs(module: bytes, parameters: list[np.ndarray]) -> list[np.ndarray]:
    """What a serialized `HloModuleProto` computes of its parameters, on JAX's first device."""
    device = jax.devices()[0]
    text = xla_client._xla.mlir.xla_computation_to_mlir_module(xla_client.XlaComputation(module))
    executable = device.client.compile_and_load(text, xla_client.DeviceList((device,)), xla_client.CompileOptions())
    return [np.asarray(value) for value in executable.execute([jax.device_put(x, device) for x in parameters])]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("module", type=Path, help="file of export_step.py; its .npz lies beside it")
    path = parser.parse_args().module
    with np.load(path.with_suffix(".npz")) as values:
        parameters = [values[name] for name in values if re.fullmatch(r"parameter\d+", name)]
        expected = {name.removeprefix("output "): values[name] for name in values if name.startswith("output ")}
    found = dict(zip(expected, outputs(path.read_bytes(), parameters), strict=False))
    off = {name: abs(found[name] - value) / (abs(value) + TOLERANCE) for name, value in expected.items()}
    print(f"{jax.devices()[0]}, JAX {jax.__version__}: {path.name}")
    for name, value in expected.items():
        print(f"{name:16} TensorFlow {value:<14.8g} JAX {found[name]:<14.8g} off by {off[name]:.1e}")
    return int(max(off.values()) > TOLERANCE)


if __name__ == "__main__":
    sys.exit(main())

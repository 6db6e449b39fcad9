"""Drawing sketches: what to draw (`modes`), and writing it down (`output`, `run`).

Only `job`, `output` and `run` import TensorFlow; the others import it when something that needs it is called.
"""

from ia_pix2seq_tf.sampling.endpoints import Endpoint, endpoint
from ia_pix2seq_tf.sampling.inputs import read_inputs
from ia_pix2seq_tf.sampling.modes.analogy import analogy
from ia_pix2seq_tf.sampling.modes.complete import complete
from ia_pix2seq_tf.sampling.modes.components import components
from ia_pix2seq_tf.sampling.modes.conditional import conditional
from ia_pix2seq_tf.sampling.modes.continuation import continuation
from ia_pix2seq_tf.sampling.modes.interpolate import interpolate
from ia_pix2seq_tf.sampling.modes.unconditional import from_codes, from_normal, unconditional
from ia_pix2seq_tf.sampling.originals import Original, data_originals, input_originals
from ia_pix2seq_tf.sampling.result import Result, Settings

__all__ = [
    "Endpoint",
    "Original",
    "Result",
    "Settings",
    "analogy",
    "complete",
    "components",
    "conditional",
    "continuation",
    "data_originals",
    "endpoint",
    "from_codes",
    "from_normal",
    "input_originals",
    "interpolate",
    "read_inputs",
    "unconditional",
]

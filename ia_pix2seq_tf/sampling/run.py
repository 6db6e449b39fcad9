"""From options to files: `sample.py` calls `sample`."""

import logging
from pathlib import Path

from ia_pix2seq_tf.sampling import output
from ia_pix2seq_tf.sampling.flags import COMPONENT
from ia_pix2seq_tf.sampling.job import Job
from ia_pix2seq_tf.sampling.modes import MODES
from ia_pix2seq_tf.sampling.modes.components import living_components
from ia_pix2seq_tf.sampling.options import Options

logger = logging.getLogger(__name__)


def sample(options: Options) -> Path:
    """Draws what the options ask for and writes it into `options.output_dir`, which is returned.

    Raises:
        ValueError: options that contradict each other or that the model cannot serve, or a checkpoint, data or inputs
            that cannot be used.
        OSError: files that cannot be read or written.
    """
    options.check()
    job = Job(options)
    result = MODES[options.chosen_mode].draw(job)
    component = job.given(COMPONENT)
    if component is not None and component not in living_components(job.model):
        logger.warning("Component %d is dead: hardly any sketch has belonged to it.", component)
    directory = Path(options.output_dir)
    output.write(result, directory, job.scale.factor, job.facts(), options.sheet_sketches)
    logger.info("Wrote %d sketches, their contact sheet and %s to %s.", len(result), output.MANIFEST, directory)
    return directory

"""From options to files: `sample.py` calls `sample`."""

import logging
from collections.abc import Sequence
from pathlib import Path

from ia_pix2seq_tf.sampling import output
from ia_pix2seq_tf.sampling.flags import COMPONENT
from ia_pix2seq_tf.sampling.inputs.sketch import MOST_INK, ink_share
from ia_pix2seq_tf.sampling.job import Job
from ia_pix2seq_tf.sampling.modes import MODES
from ia_pix2seq_tf.sampling.options import Options
from ia_pix2seq_tf.sampling.originals import Original

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
    if component is not None and component not in job.model.latent.living:
        logger.warning("Component %d is dead: hardly any sketch has belonged to it.", component)
    directory = Path(options.output_dir)
    output.remove_earlier(directory)
    _show_inputs(job.inputs, directory)
    output.write(result, directory, job.scale.factor, job.facts(), options.sheet_sketches)
    sheet = ", their contact sheet" if options.sheet_sketches else ""
    logger.info("Wrote %d sketches%s and %s to %s.", len(result), sheet, output.MANIFEST, directory)
    return directory


def _show_inputs(inputs: Sequence[Original], directory: Path) -> None:
    """Writes what the model sees of pictures, and says what was done to them, or should be."""
    for name, original in output.write_seen(inputs, directory).items():
        share, seen = ink_share(original.image), f"{directory / name} is what the model sees"
        if original.steps:
            logger.info("%s: %s; %s.", original.source, "; ".join(original.steps), seen)
        if share > MOST_INK:
            logger.warning(
                "%s: %.0f %% of it is ink, more than drawings have; %s. Does it show more than a drawing? "
                "Crop it to the paper.",
                *(original.source, 100 * share, seen),
            )

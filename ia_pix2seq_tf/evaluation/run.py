"""From options to `metrics.json`, `metrics.md` and pictures: `evaluate.py` calls `evaluate`."""

import logging

from ia_pix2seq_tf.atomic import replacing
from ia_pix2seq_tf.evaluation import space
from ia_pix2seq_tf.evaluation.columns import COLUMNS
from ia_pix2seq_tf.evaluation.job import Job
from ia_pix2seq_tf.evaluation.measures import MEASURES
from ia_pix2seq_tf.evaluation.options import Options
from ia_pix2seq_tf.evaluation.page import markdown
from ia_pix2seq_tf.evaluation.report import FILE_NAME, Metric, Report

logger = logging.getLogger(__name__)

PAGE_NAME = "metrics.md"


def evaluate(options: Options) -> Report:
    """Measures what the options ask for and writes it into `options.output_dir`.

    Raises:
        ValueError: options that cannot work, or a checkpoint or data that cannot be used.
        OSError: files that cannot be read or written.
    """
    options.check()
    job = Job(options)
    measured: dict[str, Metric] = {}
    for name in job.measures:
        found = MEASURES[name].measure(job)
        measured |= found
        logger.info("%s", "  ".join(f"{COLUMNS[key].heading} {shown(found[key])}" for key in found))
    if options.pictures and job.model.reads:  # without an encoder there is no latent space
        space.draw(job)
    report = job.report(measured)
    report.write(job.directory / FILE_NAME)
    with replacing(job.directory / PAGE_NAME) as partial:
        partial.write_text(markdown(report, job.pictures), encoding="utf-8")
    logger.info("Wrote %s, %s and %d pictures to %s.", FILE_NAME, PAGE_NAME, len(job.pictures), job.directory)
    return report


def shown(metric: Metric) -> str:
    """A value with its error and unit, for the terminal."""
    if metric.value is None:
        return "none"
    return f"{metric.value:.4g}" + ("" if metric.error is None else f" ± {metric.error:.2g}") + metric.unit

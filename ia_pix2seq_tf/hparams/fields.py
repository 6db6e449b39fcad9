"""The hyperparameters there are: type, default, meaning and rule of each.

Which of the port's fields belong to some systems alone, `catalogue.py` says: elsewhere they keep their defaults.
"""

import dataclasses
import typing
from typing import Any

from ia_pix2seq_tf import catalogue
from ia_pix2seq_tf.checked_json import Rule, one_of
from ia_pix2seq_tf.hparams import rules

CELLS = ("lstm", "layer_norm", "hyper")
LEARNING_RULES = ("hl", "ml")
PRECISIONS = ("float32", "tf32", "bfloat16")
FIRST_INPUTS = ("start", "zeros")
MIXTURE_INITS = ("kmeans", "em")
OBJECTIVES = ("program", "paper")
PROGRAM_FIELDS = ("latent_weight", "warm_up_decay", "decay_rate", "min_learning_rate")
"""Those that `objective=paper` has fixed."""


def _setting(default: Any, doc: str, rule: Rule = rules.ANY, own: bool = False) -> Any:
    """A dataclass field with its one-line meaning and its rule; `own` marks the port's block."""
    metadata = {"doc": doc, "rule": rule, "own": own}
    if isinstance(default, list):
        return dataclasses.field(default_factory=default.copy, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def _own(default: Any, doc: str, rule: Rule = rules.ANY) -> Any:
    return _setting(default, doc, rule, own=True)


@dataclasses.dataclass(slots=True)
class Fields:
    """The fields of `HParams`, which adds what one does with them.

    The first block is the reference's, in its order and with its defaults (`get_default_hparams`); the second is the
    port's, those of other systems under the names and with the defaults of their original programs.
    """

    categories: list[str] = _setting(
        ["bee", "bus", "flower", "giraffe", "pig"], "Sketch categories to train on", rules.CATEGORIES
    )
    num_steps: int = _setting(1000001, "Most training steps, though early stopping usually ends sooner", rules.FROM_1)
    save_every: int = _setting(1, "Epochs between two validations, each of which may save", rules.FROM_1)
    dec_rnn_size: int = _setting(2048, "Units of the recurrent decoder", rules.FROM_1)
    dec_model: str = _setting("hyper", "Cell of the recurrent decoder", one_of(CELLS))
    max_seq_len: int = _setting(-1, "Time steps of a sequence, -1 for the longest in the data", rules.LENGTH)
    z_size: int = _setting(128, "Dimensions of a latent code", rules.FROM_1)
    batch_size: int = _setting(200, "Sketches per training step", rules.FROM_1)
    num_mixture: int = _setting(5, "Groups of latent components, best one per category", rules.FROM_1)
    num_sub: int = _setting(2, "Latent components in each group: k = num_mixture * num_sub", rules.FROM_1)
    learning_rate: float = _setting(0.001, "Adam's learning rate at step 0", rules.POSITIVE)
    decay_rate: float = _setting(
        0.9999, "Factor on the learning rate every three steps, or every step, as the original has it", rules.KEEP
    )
    min_learning_rate: float = _setting(1e-5, "What the learning rate decays towards", rules.POSITIVE)
    grad_clip: float = _setting(1.0, "Each entry of a gradient is clipped to plus or minus this", rules.POSITIVE)
    de_weight: float = _setting(0.5, "Weight of the pixel loss, in a system where it is constant", rules.FROM_0)
    use_recurrent_dropout: bool = _setting(True, "Dropout on the cell's candidate values")
    recurrent_dropout_prob: float = _setting(0.9, "Probability to keep in recurrent dropout", rules.KEEP)
    use_input_dropout: bool = _setting(False, "Dropout on the decoder's inputs")
    input_dropout_prob: float = _setting(0.9, "Probability to keep in input dropout", rules.KEEP)
    use_output_dropout: bool = _setting(False, "Dropout on the decoder's outputs")
    output_dropout_prob: float = _setting(0.9, "Probability to keep in output dropout", rules.KEEP)
    random_scale_factor: float = _setting(0.1, "Strokes are scaled by up to 1 plus or minus this", rules.SHARE)
    augment_stroke_prob: float = _setting(0.1, "Probability to merge a point into the one before", rules.SHARE)
    png_scale_ratio: float = _setting(0.98, "Smallest ratio by which an image is rescaled", rules.KEEP)
    png_rotate_angle: int = _setting(0, "Images are turned by up to this many degrees either way", rules.FROM_0)
    png_translate_dist: int = _setting(0, "Images are moved by up to this many pixels each way", rules.FROM_0)
    is_training: bool = _setting(True, "Whether dropout and augmentation are active")
    png_width: int = _setting(48, "Side of the square images in pixels", rules.WIDTH)
    repeat: int = _setting(1, "Updates of the latent components per training step", rules.FROM_1)
    semi_percent: float = _setting(0.0, "Kept for old configuration files", rules.NO_SEMI)
    semi_balanced: bool = _setting(False, "Kept for old configuration files", rules.NO_SEMI)
    num_per_category: int = _setting(70000, "Most training sketches taken from each category", rules.FROM_1)

    system: str = _own(
        catalogue.DEFAULT,
        "What is trained, in this order: " + ", ".join(row.title for row in catalogue.SYSTEMS.values()),
        one_of(catalogue.SYSTEMS),
    )
    top_learning: str = _own(
        "hl", "How the latent components are learned: harmony or maximum likelihood", one_of(LEARNING_RULES)
    )
    bottom_learning: str = _own(
        "hl", "How the networks are trained: harmony or maximum likelihood", one_of(LEARNING_RULES)
    )
    objective: str = _own(
        "program",
        "What the networks and the components learn by: the published program, or equations 6 to 10 as the paper "
        "prints them, with its learning rate, 0.95 times after each epoch",
        one_of(OBJECTIVES),
    )
    mixture_start: int = _own(
        0,
        "Epochs until the latent components start, from clusters of the codes: before, they do not learn and the "
        "latent losses weigh nothing; 0 to learn from random ones at once, as the original, which loses most of them. "
        "For components trained by gradient these epochs are a pretraining, with codes without noise; VaDE's has 1",
        rules.FROM_0,
    )
    mixture_init: str = _own(
        "kmeans",
        "What finds those clusters: k-means or, as published for VaDE, expectation maximisation",
        one_of(MIXTURE_INITS),
    )
    mixture_rate: float = _own(0.05, "Share of the way to its estimate that a component goes every step", rules.KEEP)
    latent_weight: float = _own(0.5, "Weight that the latent losses warm up to", rules.FROM_0)
    warm_up_decay: float = _own(
        0.9999,
        "Factor, every step, on what the warm-up of the latent losses lacks: 0.9999 takes tens of thousands of steps, "
        "0.999 thousands",
        rules.KEEP,
    )
    layers_without_norm: int = _own(
        0, "First layers of the image encoder that have no instance norm, so that a change stays local", rules.LAYERS
    )
    graph_mask_prob: float = _own(
        0.0, "Probability to black out each window of a graph in training, in its whole as well", rules.SHARE
    )
    adam_beta_1: float = _own(
        -1.0,
        "Adam's beta1, -1 for what program or paper say: 0.5; of sketch-rnn and sketch-pix2seq 0.9; 0.05 with "
        "objective=paper",
        rules.BETA,
    )
    pixel_decoder: bool = _own(False, "Whether pixels are drawn as well, and learned, in a system that can do without")
    seed: int = _own(1234, "Seed of weights, shuffling, augmentation and noise", rules.FROM_0)
    jit_compile: bool = _own(True, "Compile the training step with XLA")
    plain_rnn: bool = _own(False, "Run the decoder cell step by step instead of its fast sequence form")
    precision: str = _own(
        "float32",
        "How products are computed: as the reference, in TF32 on GPUs, or the decoder cell's in bfloat16",
        one_of(PRECISIONS),
    )
    bucket: bool = _own(
        False,
        "Cut training batches to their longest sketch, in eighths of max_seq_len: faster, but the loss then lacks "
        "the pen's cross-entropy after the cut, which the reference has",
    )
    scale_factor: float = _own(
        0.0, "Units of the data per model unit, 0 for the standard deviation of the training offsets", rules.FROM_0
    )
    enc_model: str = _own("lstm", "Cell of the recurrent encoder", one_of(CELLS))
    enc_rnn_size: int = _own(256, "Units of the recurrent encoder in each direction", rules.FROM_1)
    kl_weight: float = _own(0.5, "What the weight of the KL cost grows towards", rules.FROM_0)
    kl_weight_start: float = _own(0.01, "Weight of the KL cost at step 0", rules.FROM_0)
    kl_decay_rate: float = _own(0.99995, "Factor on what the weight of the KL cost lacks, every step", rules.KEEP)
    kl_tolerance: float = _own(0.2, "Least KL cost: below it the KL divergence is left alone", rules.FROM_0)
    paths_kl_weight: float = _own(0.01, "Weight of the KL costs of all paths between images and strokes", rules.FROM_0)
    conditional: bool = _own(True, "Whether sketches have codes; the decoder alone is trained otherwise")
    first_input: str = _own(
        "start",
        "Before the first point the decoder reads the start token (0, 0, 1, 0, 0) or zeros",
        one_of(FIRST_INPUTS),
    )
    bounded_start: bool = _own(
        False, "Whether the decoder starts from tanh(z) instead of z, as in sketch-rnn's browser files before version 6"
    )


FIELDS = dataclasses.fields(Fields)
RULES: dict[str, Rule] = {field.name: field.metadata["rule"] for field in FIELDS}
KINDS: dict[str, type] = {name: typing.get_origin(kind) or kind for name, kind in typing.get_type_hints(Fields).items()}
DEFAULTS = dataclasses.asdict(Fields())
RELATIONS = (
    *rules.RELATIONS,
    rules.Relation(
        ("min_learning_rate", "learning_rate", "objective"),
        "at most learning_rate",
        lambda least, rate, objective: least <= rate or objective != OBJECTIVES[0],  # the others have none
    ),
    rules.Relation(
        ("mixture_init", "mixture_start"),
        f"{DEFAULTS['mixture_init']!r} unless mixture_start is above 0",
        lambda init, start: start > 0 or init == DEFAULTS["mixture_init"],
    ),
    *(rules.only_with(name, DEFAULTS[name], OBJECTIVES[:1], "objective") for name in PROGRAM_FIELDS),
    *(
        rules.only_with(name, default, catalogue.systems_with(name))
        for name, default in DEFAULTS.items()
        if catalogue.systems_with(name) != tuple(catalogue.SYSTEMS)
    ),
)

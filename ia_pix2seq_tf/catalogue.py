"""The systems there are, a row each, and what their loss terms are.

    SYSTEMS      each system by the name that `hparams.system` gives it
    DEFAULT      the name of the one that is trained unless another is asked for
    TERMS        every loss term of any of them by its name in `compute_losses`
    system_of    the system whose original program wrote a checkpoint
    system_of_json   the system in a JSON file of sketch-rnn's browser demo

What other rooms must know of a system without building it stands here and nowhere else: hyperparameters take their
choices and refusals from it, tables their titles and columns. To add a system, add its row, and rows to `TERMS` for
loss terms that no other system has; how it is built says its module in `systems/`.

This module is the ground floor of the package and does not import TensorFlow.
"""

from collections.abc import Collection
from typing import NamedTuple


class Row(NamedTuple):
    """A system.

    Attributes:
        title: its name for people.
        paper: its name in the paper's tables, see `evaluation/paper.py`.
        terms: its loss terms, in order; their weights and sum (`kl_weight`, `total_loss`) are not among them.
        fields: those hyperparameters of the port that it has and not every system.
        markers: TF1 variables by any one of which a checkpoint of its original program is known, the most telling
            first: see `system_of`.
        json_modes: of the JSON files of sketch-rnn's browser demo that hold it; see `checkpoints/gen_json.py`.
    """

    title: str
    paper: str
    terms: tuple[str, ...]
    fields: tuple[str, ...] = ()
    markers: tuple[str, ...] = ()
    json_modes: tuple[str, ...] = ()

    @property
    def learning(self) -> bool:
        """Whether it has a choice of learning rules, on the top level and on the bottom level."""
        return "top_learning" in self.fields


class TermInfo(NamedTuple):
    """A loss term.

    Attributes:
        key: its name in `metrics.json`.
        short: its name in the progress bar.
        heading: its name in tables.
        digits: how many tables show after the point.
        meaning: in words.
    """

    key: str
    short: str
    heading: str
    digits: int
    meaning: str


TERMS = {
    "lil_loss": TermInfo("lil", "lil", "Stroke loss", 2, "negative log likelihood of the strokes (lil)"),
    "alpha_loss": TermInfo("alpha", "alpha", "Component loss", 3, "loss of the assignment to components (alpha)"),
    "gaussian_loss": TermInfo(
        "gaussian", "gau", "Code loss", 2, "distance of the codes to their components (gaussian)"
    ),
    "de_loss": TermInfo("de", "de", "Pixel loss", 2, "squared or absolute error of the decoded pixels (de)"),
    "r_cost": TermInfo(
        "r_cost", "r", "Stroke cost", 4, "negative log likelihood of the strokes, per step of max_seq_len (r_cost)"
    ),
    "p2s_cost": TermInfo(
        "p2s",
        "p2s",
        "Image to strokes",
        4,
        "negative log likelihood of the strokes by the image's code, per step (p2s)",
    ),
    "s2p_cost": TermInfo(
        "s2p", "s2p", "Strokes to image", 4, "mean squared error of the pixels by the strokes' code (s2p)"
    ),
    "p2p_cost": TermInfo(
        "p2p", "p2p", "Image to image", 4, "mean squared error of the pixels by the image's code (p2p)"
    ),
    "s2s_cost": TermInfo(
        "s2s",
        "s2s",
        "Strokes to strokes",
        4,
        "negative log likelihood of the strokes by their own code, per step (s2s)",
    ),
    "paths_kl": TermInfo(
        *("paths_kl", "kls", "KL costs", 4),
        "divergences of the codes of the four paths from N(0, I), each per dimension and at least kl_tolerance, summed",
    ),
    "kl_cost": TermInfo(
        "kl_cost", "kl", "KL cost", 4, "divergence of the codes from N(0, I), per dimension and at least kl_tolerance"
    ),
}
"""In the order of tables; that of training is `Row.terms`."""

MIXTURE_FIELDS = ("mixture_start", "mixture_init")
"""Of the systems with a latent mixture."""
CNN_MIXTURE_FIELDS = (*MIXTURE_FIELDS, "layers_without_norm")
"""Of those among them that have the convolutional encoder of IA-pix2seq."""
RULE_FIELDS = ("mixture_rate", "warm_up_decay")
"""Of the systems with a latent mixture that learns by a rule, beside the networks."""
HARMONY_FIELDS = ("top_learning", "bottom_learning", "repeat", "latent_weight", "objective", *RULE_FIELDS)
"""Of those whose mixture learns as that of IA-pix2seq, beside the networks."""

SYSTEMS = {
    "ia": Row(
        title="IA-pix2seq",
        paper="IA-pix2seq",
        terms=("alpha_loss", "gaussian_loss", "lil_loss", "de_loss"),
        fields=(*HARMONY_FIELDS, *CNN_MIXTURE_FIELDS),
        markers=("RPCLVQ/latent_mu",),
    ),
    "rpcl": Row(
        title="RPCL-pix2seq",
        paper="RPCL-pix2seq",
        terms=("alpha_loss", "gaussian_loss", "lil_loss", "de_loss"),
        fields=(*RULE_FIELDS, *CNN_MIXTURE_FIELDS),
        markers=("RPCL-pix2seq/latent_mu",),
    ),
    "vade": Row(
        title="VaDE",
        paper="VaDE",
        terms=("alpha_loss", "gaussian_loss", "lil_loss", "de_loss"),
        fields=CNN_MIXTURE_FIELDS,
    ),
    "sketch_rnn": Row(
        title="sketch-rnn",
        paper="sketch-rnn",
        terms=("r_cost", "kl_cost"),
        fields=(
            *("enc_model", "enc_rnn_size", "kl_weight", "kl_weight_start", "kl_decay_rate", "kl_tolerance"),
            *("conditional", "first_input", "bounded_start"),
        ),
        markers=("vector_rnn/ENC_RNN_mu/super_linear_w", "vector_rnn/RNN/output_w"),
        json_modes=("gen", "vae"),
    ),
    "sketch_pix2seq": Row(
        title="sketch-pix2seq",
        paper="sketch-pix2seq",
        terms=("r_cost",),
        fields=("conditional", "first_input"),
        markers=("vector_rnn/ENC_CNN/conv1/DW",),
    ),
    "song": Row(
        title="Song et al.",
        paper="Song et al.",
        terms=("p2s_cost", "s2p_cost", "p2p_cost", "s2s_cost", "paths_kl"),
        fields=("enc_model", "enc_rnn_size", "paths_kl_weight", "kl_tolerance", "layers_without_norm"),
    ),
    "sketch_healer": Row(
        title="SketchHealer",
        paper="SketchHealer",
        terms=("lil_loss",),
        fields=("graph_mask_prob",),
    ),
    "ia_plus": Row(
        title="IA-pix2seq+",
        paper="IA-pix2seq+",
        terms=("alpha_loss", "gaussian_loss", "lil_loss", "de_loss"),
        fields=(*HARMONY_FIELDS, *MIXTURE_FIELDS, "graph_mask_prob", "pixel_decoder"),
    ),
}


DEFAULT = "ia"  # that of the reference


def system_of(names: Collection[str]) -> str | None:
    """The system whose original program wrote a checkpoint with these TF1 variables; None for other names.

    The first markers of all systems are looked for before the second of any: a decoder that several programs write
    under one name decides only where nothing more telling is found.
    """
    most = max(len(row.markers) for row in SYSTEMS.values())
    for rank in range(most):
        for system, row in SYSTEMS.items():
            if rank < len(row.markers) and row.markers[rank] in names:
                return system
    return None


def system_of_json(mode: str) -> str:
    """The system of which the JSON files of sketch-rnn's browser demo in this mode, "gen" or "vae", hold models."""
    return next(system for system, row in SYSTEMS.items() if mode in row.json_modes)


def systems_with(field: str) -> tuple[str, ...]:
    """The systems that list the hyperparameter `field` as one that not all have; all systems where none does."""
    return tuple(name for name, row in SYSTEMS.items() if field in row.fields) or tuple(SYSTEMS)

"""Floating-point operations of training and of generation, counted by hand from the sizes of their products.

A product `[m, k] @ [k, n]` has 2·m·k·n operations, and so a convolution, whose m is the pixels of its output (of its
input, where it is transposed), zeros of the border included. Backward, a product costs as much again for the gradient
of each of its two factors. Elementwise work, norms, the optimizer and what the fast form computes twice to save
memory are left out: the count is what the mathematics needs, however it is done.

Sizes: u units, p = 4u + 1024 (hyper) or 4u, the width of the products with a stroke, a code or a state.
"""

from collections.abc import Iterator
from typing import NamedTuple

from ia_pix2seq_tf.hparams import HParams

STROKE, RAW = 5, 123
HYPER_UNITS, HYPER_EMBEDDING, HYPER_PARTS = 256, 32, 12
KERNEL = 9  # 3×3
HIGH_PASS_CONVS = ((4, 2), (4, 1), (8, 2), (8, 1), (8, 2), (8, 1))
"""Depth and stride of each convolution of the encoder of that name, whose kernels are 2 × 2."""
NODES, PATCH, PATCH_DEPTHS = 21, 128, (8, 32, 64, 128, 256, 512)
BLOCK = 4  # 2×2
DILATIONS, BLOCK_DEPTHS, CONV_DEPTHS, DECONV_DEPTHS = 3, (32, 64), (128, 256), (128, 64, 32, 1)


class Product(NamedTuple):
    """A product `[m, k] @ [k, n]`, made `times` times; `gradients` of its factors are needed in training."""

    part: str
    m: int
    k: int
    n: int
    times: int = 1
    gradients: int = 2

    @property
    def forward(self) -> int:
        return 2 * self.m * self.k * self.n * self.times

    @property
    def training(self) -> int:
        return self.forward * (1 + self.gradients)


def state_width(cell: str, units: int) -> int:
    """Width p of the products that enter a step of the cell."""
    return 4 * units + (4 * HYPER_UNITS if cell == "hyper" else 0)


def state_size(cell: str, units: int) -> int:
    return 2 * (units + (HYPER_UNITS if cell == "hyper" else 0))


def recurrence(cell: str, units: int, batch: int, time: int) -> Iterator[Product]:
    """The products of a step with the state, `time` times."""
    yield Product("recurrence", batch, units, state_width(cell, units), time)
    if cell == "hyper":
        yield Product("recurrence", batch, HYPER_UNITS, 4 * HYPER_UNITS, time)
        yield Product("recurrence", batch, HYPER_UNITS, HYPER_PARTS * HYPER_EMBEDDING, time)
        yield Product("recurrence", batch, HYPER_EMBEDDING, units, HYPER_PARTS * time)


def decoder(cell: str, units: int, z_size: int, batch: int, time: int) -> Iterator[Product]:
    """The stroke decoder over `time` given strokes; a code's share of the input is multiplied once."""
    yield Product("decoder", batch, z_size, state_size(cell, units))
    yield Product("decoder", batch, z_size, state_width(cell, units))
    yield Product("decoder", batch, STROKE, state_width(cell, units), time, gradients=1)
    yield from recurrence(cell, units, batch, time)
    yield Product("decoder", batch, units, RAW, time)


def encoder(width: int, z_size: int, batch: int) -> Iterator[Product]:
    """The CNN encoder; the images need no gradient."""
    depth, gradients = 1, 1
    for block in BLOCK_DEPTHS:
        yield Product("convolutions", batch * width**2, KERNEL * depth, block, DILATIONS, gradients)
        width, depth, gradients = width // 2, block, 2
        yield Product("convolutions", batch * width**2, KERNEL * depth, block)
    for conv in CONV_DEPTHS:
        width //= 2
        yield Product("convolutions", batch * width**2, KERNEL * depth, conv)
        depth = conv
    yield Product("convolutions", batch, width**2 * depth, z_size, times=2)


def pixel_decoder(width: int, z_size: int, batch: int) -> Iterator[Product]:
    """The CNN decoder, by the pixels of the inputs of its transposed convolutions."""
    width, depth = width // 2 ** len(DECONV_DEPTHS), CONV_DEPTHS[-1]
    yield Product("convolutions", batch, z_size, width**2 * depth)
    for deconv in DECONV_DEPTHS:
        yield Product("convolutions", batch * width**2, depth, KERNEL * deconv)
        width, depth = 2 * width, deconv


def sequence_encoder(cell: str, units: int, z_size: int, batch: int, time: int) -> Iterator[Product]:
    """The encoder that loops over time, in both directions."""
    for _ in range(2):
        yield Product("encoder", batch, STROKE, state_width(cell, units), time, gradients=1)
        yield from (product._replace(part="encoder") for product in recurrence(cell, units, batch, time))
    yield Product("encoder", batch, 2 * units, z_size, times=2)


def high_pass_encoder(width: int, z_size: int, batch: int) -> Iterator[Product]:
    """The small convolutions of sketch-pix2seq, without the filter before them."""
    depth, gradients = 1, 1
    for conv, stride in HIGH_PASS_CONVS:
        width = -(-width // stride)
        yield Product("convolutions", batch * width**2, BLOCK * depth, conv, gradients=gradients)
        depth, gradients = conv, 2
    yield Product("convolutions", batch, width**2 * depth, z_size, times=2)


def graph_encoder(z_size: int, batch: int) -> Iterator[Product]:
    """The encoder of patches, all of which have ink."""
    width, depth, gradients = PATCH, 1, 1
    for conv in PATCH_DEPTHS:
        width //= 2
        yield Product("convolutions", batch * NODES * width**2, BLOCK * depth, conv, gradients=gradients)
        depth, gradients = conv, 2
    yield Product("convolutions", batch, depth, depth)
    yield Product("convolutions", batch, depth, z_size, times=2)


def encoders(hps: HParams, system, batch: int, time: int) -> Iterator[Product]:
    """All encoders that the training of a system has."""
    counts = {
        "CNNEncoder": lambda z_size: encoder(hps.png_width, z_size, batch),
        "HighPassEncoder": lambda z_size: high_pass_encoder(hps.png_width, z_size, batch),
        "GraphEncoder": lambda z_size: graph_encoder(z_size, batch),
        "SequenceEncoder": lambda z_size: sequence_encoder(hps.enc_model, hps.enc_rnn_size, z_size, batch, time),
    }
    for layer in system.encoders:
        yield from counts[type(layer).__name__](layer.z_size)


def training_step(hps: HParams, batch: int, time: int) -> dict[str, int]:
    """Operations of one training step without dropout on inputs, forward and backward.

    Returns:
        those of the stroke decoder's `recurrence`, of the rest of that `decoder`, of the `convolutions` and dense
        layers around them, of an `encoder` that loops over time where there is one, and their `total`.
    """
    from ia_pix2seq_tf import systems

    system = systems.build(hps)
    uses = max(1, system.paths // 2)  # of each decoder: half of several paths lead to strokes, half to pixels
    products = [*encoders(hps, system, batch, time)]
    products += uses * [*decoder(hps.dec_model, hps.dec_rnn_size, system.z_size, batch, time)]
    if system.pixel_decoder is not None:
        products += uses * [*pixel_decoder(hps.png_width, system.z_size, batch)]
    return _by_part((product.part, product.training) for product in products)


def generation(hps: HParams, batch: int, time: int) -> dict[str, int]:
    """Operations of drawing `batch` sketches of `time` points each; keys as of `training_step`."""
    from ia_pix2seq_tf import systems

    products = decoder(hps.dec_model, hps.dec_rnn_size, systems.build(hps).z_size, batch, time)
    return _by_part((product.part, product.forward) for product in products)


def _by_part(counts: Iterator[tuple[str, int]]) -> dict[str, int]:
    parts: dict[str, int] = {}
    for part, count in counts:
        parts[part] = parts.get(part, 0) + count
    return {**parts, "total": sum(parts.values())}

"""Trains on one CPU device and on two; `test_strategy.py` runs it in a process of its own, as devices can be divided
only before TensorFlow starts. One system is compiled, evaluated too, and trained on half of each batch.

    python two_replicas.py SYSTEM OUTPUT.npz
"""

import sys

import numpy as np
import tensorflow as tf
from graph_inputs import random_graphs

from ia_pix2seq_tf import HParams, IAPix2Seq
from ia_pix2seq_tf.checkpoints import native
from ia_pix2seq_tf.systems.parts import Batch
from ia_pix2seq_tf.training.trainer import Trainer

STEPS, BATCH, TIME = 3, 6, 7
SMALL = "dec_rnn_size=12,z_size=5,num_mixture=3,num_sub=1,use_input_dropout=True,use_output_dropout=True,"
PLAIN = SMALL + "dec_model=lstm,jit_compile=False,"
GRAPHS = PLAIN + "learning_rate="
"""Biases before a batch norm have gradients of rounding, whose sign Adam follows: in smaller steps here, and in the
smallest where random pixels make gradients of thousands. At equal weights all gradients agree within 1e-4.
"""
SYSTEMS = {
    "ia": SMALL + "dec_model=layer_norm,mixture_start=1,warm_up_decay=0.9",
    "rpcl": PLAIN,
    "sketch_healer": GRAPHS + "1e-4",
    "ia_plus": GRAPHS + "1e-6,min_learning_rate=1e-6,pixel_decoder=True",
    "vade": PLAIN + "mixture_start=1,mixture_init=em",
    "song": PLAIN + "enc_rnn_size=6",
}
WHOLE = "ia"


def sketches() -> dict[str, np.ndarray]:
    """A batch of random images, sequences and graphs."""
    rng = np.random.default_rng(0)
    pens = np.eye(3)[rng.integers(3, size=(BATCH, TIME + 1))]
    sequences = np.concatenate([rng.standard_normal((BATCH, TIME + 1, 2)), pens], axis=2)
    images = rng.uniform(-1, 1, (BATCH, 48, 48)).astype(np.float32)
    return {"images": images, "sequences": sequences.astype(np.float32), **random_graphs(BATCH, rng)}


def trained(strategy: tf.distribute.Strategy, system: str, part: int = BATCH) -> dict[str, np.ndarray]:
    """All that a few steps report and leave behind, on the first `part` sketches of the batch."""
    hps = HParams(system=system, batch_size=part, max_seq_len=TIME).parse(SYSTEMS[system])
    with strategy.scope():
        trainer = Trainer(IAPix2Seq(hps))
    batch = {name: tf.constant(sketches()[name][:part]) for name in trainer.model.system.fields}
    found = {}
    for step in range(STEPS):
        if step == 1 and trainer.model.latent.k and trainer.model.latent.waits:
            trainer.model.latent.start(trainer.model.latent.params, step)
        scalars = trainer.train_step(**Batch.of(batch)._asdict())
        found |= {f"step {step}: {name}": value.numpy() for name, value in scalars.items()}
    if system == WHOLE and part == BATCH:
        for size in (BATCH, BATCH - 1):  # the second cannot be divided
            fewer = {name: values[:size] for name, values in batch.items()}
            scalars = trainer.eval_step(**Batch.of(fewer)._asdict())
            found |= {f"evaluation of {size}: {name}": value.numpy() for name, value in scalars.items()}
    return found | {f"weight: {name}": weight.numpy() for name, weight in native.weights(trainer.model).items()}


def main(system: str, output: str) -> None:
    halves = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], halves)
    runs = {
        "one": trained(tf.distribute.get_strategy(), system),
        "two": trained(tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]), system),
    }
    if system == WHOLE:
        runs["half"] = trained(tf.distribute.get_strategy(), system, BATCH // 2)
    np.savez(output, **{f"{run}/{name}": value for run, values in runs.items() for name, value in values.items()})


if __name__ == "__main__":
    main(*sys.argv[1:])

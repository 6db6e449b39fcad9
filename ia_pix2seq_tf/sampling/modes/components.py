"""What each latent component has learned: its centre, samples around it, and the test sketches that belong to it."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ia_pix2seq_tf.inference import assign_all
from ia_pix2seq_tf.sampling import flags, needs
from ia_pix2seq_tf.sampling.modes import layout
from ia_pix2seq_tf.sampling.modes.layout import EMPTY, Drawn, Sheet
from ia_pix2seq_tf.sampling.originals import Original, color, data_originals, encode_originals, numbered_color
from ia_pix2seq_tf.sampling.result import DEFAULT, Result, Settings, Trait
from ia_pix2seq_tf.sheet import Row

if TYPE_CHECKING:
    from ia_pix2seq_tf.model import IAPix2Seq
    from ia_pix2seq_tf.sampling.job import Job

NAME, HELP = "components", "draws the centre of each living component, and samples around it"
SAMPLES = flags.NUM_SAMPLES.by_default(8)
FLAGS = (flags.NUM_PER_CATEGORY, SAMPLES, flags.COMPONENT)

NEAREST = 3  # test sketches shown beside a component's centre
NAMED_SHARES = 4  # categories and styles named beside a component


def components(
    model: "IAPix2Seq",
    samples: int = SAMPLES.default,
    settings: Settings = DEFAULT,
    originals: Sequence[Original] = (),
    component: int | None = None,
    scale_factor: float | None = None,
) -> Result:
    """Draws the centre of each living component, and samples from it: what it has learned.

    Args:
        model: whose latent components are shown, the heaviest first.
        samples: codes from each component, beside its centre.
        settings: how to draw.
        originals: test sketches, to tell which of them belong to each component.
        component: show this one only, dead or alive.
        scale_factor: units of the data per model unit, for the originals; by default what the model says.

    Raises:
        ValueError: the model has no latent components, not that one, or none that lives.
    """
    shown = needs.living(model) if component is None else [needs.component(model, component)]
    centres = model.latent_mu.numpy()
    parts = [np.vstack([centres[k][None], model.latent.sample(samples, _seed(settings.seed, k), k)[0]]) for k in shown]
    origins = [{"from": f"component:{k}", "is_centre": i == 0} for k in shown for i in range(samples + 1)]
    return Result(
        NAME,
        model,
        settings,
        np.concatenate(parts),
        np.repeat(np.array(shown, np.int64), samples + 1),
        origins,
        columns=samples + 1,
        traits=_traits(model, shown, originals, scale_factor),
    )


def draw(job: "Job") -> Result:
    needs.components(job.model, f"--mode={NAME}")
    if job.data is None and job.given(flags.NUM_PER_CATEGORY) is not None:
        raise ValueError(f"--{flags.NUM_PER_CATEGORY.name}: test sketches need data; give --data_dir")
    sketches = data_originals(job.data, job.given(flags.NUM_PER_CATEGORY)) if job.data else []
    component = job.given(flags.COMPONENT)
    return components(job.model, job.value(SAMPLES), job.settings, sketches, component, job.scale.factor)


def colors(result: Result) -> list[str]:
    return [_color(result, trait) for trait in result.traits for _ in range(result.columns)]


def sheet(result: Result, drawn: Drawn) -> Sheet:
    inks = colors(result)
    nearest = [trait.members[:NEAREST] for trait in result.traits]
    width = max(map(len, nearest))
    rows = []
    for row, indices in layout.rows_of(result, drawn).items():
        heads = [layout.picture(o, color(result.model, o.label, 0), "test sketch") for o in nearest[row]]
        heads += [EMPTY] * (width - len(heads))
        sketches = layout.cells({i: drawn[i] for i in indices}, inks, {indices[0]: "centre"})
        rows.append(Row([*heads, *sketches], _label(result.traits[row])))
    return Sheet("What each latent component has learned: its centre, and samples around it", rows)


def _seed(seed: int, part: int) -> int:
    """A seed of its own for a part of the work."""
    return int(np.random.SeedSequence([seed, part]).generate_state(1)[0] // 2)


def _traits(
    model: "IAPix2Seq", shown: Sequence[int], originals: Sequence[Original], scale_factor: float | None
) -> list[Trait]:
    """What each shown component stands for."""
    if not originals:
        weights = model.latent_alpha.numpy()[:, 0]
        return [Trait(k, float(weights[k]), [], {}) for k in shown]
    return traits(model, shown, originals, *encode_originals(model, originals, scale_factor))


def traits(
    model: "IAPix2Seq", shown: Sequence[int], originals: Sequence[Original], codes: np.ndarray, sigma2: np.ndarray
) -> list[Trait]:
    """What each shown component stands for, by the originals with codes and variances `[n, z_size]`."""
    weights, centres, variances = (v.numpy() for v in (model.latent_alpha, model.latent_mu, model.latent_sigma2))
    owners = assign_all(model, codes, sigma2)
    found = []
    for k in shown:
        distance = np.sum((codes - centres[k]) ** 2 / variances[k], axis=1)
        members = [originals[i] for i in np.argsort(distance, kind="stable") if owners[i] == k]
        found.append(Trait(k, float(weights[k, 0]), members, _shares(model, members)))
    return found


def _shares(model: "IAPix2Seq", members: Sequence[Original]) -> dict[str, float]:
    """Which share of a component's members has which category and style, the largest first."""
    names = Counter(f"{model.hps.categories[o.label]} {o.style}".strip() for o in members)
    return {name: round(count / len(members), 4) for name, count in names.most_common()}


def _label(trait: Trait) -> str:
    shares = [f"{name} {share:.0%}" for name, share in list(trait.shares.items())[:NAMED_SHARES]]
    return "\n".join([f"component {trait.component}", f"weight {trait.weight:.3f}", *shares])


def _color(result: Result, trait: Trait) -> str:
    """The colour of the category that most of a component's members have; without members, its own."""
    if not trait.members:
        return numbered_color(trait.component)
    labels = [member.label for member in trait.members]
    return color(result.model, max(set(labels), key=labels.count), trait.component)

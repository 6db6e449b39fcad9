"""What can be drawn: one function for each mode. Each chooses codes; the `Result` that it returns draws them."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from ia_pix2seq_tf.inference import assign_all, encode_all
from ia_pix2seq_tf.latent.rules import LIVING_ALPHA
from ia_pix2seq_tf.render import render
from ia_pix2seq_tf.sampling import codes as arithmetic
from ia_pix2seq_tf.sampling.masks import erase, irregular_mask
from ia_pix2seq_tf.sampling.originals import Endpoint, Original, checked_component
from ia_pix2seq_tf.sampling.result import Result, Settings, Trait

DEFAULT = Settings()


def conditional(model, originals: Sequence[Original], settings: Settings = DEFAULT) -> Result:
    """Draws each original again, from the encoder's mean."""
    mu, sigma2 = encode_all(model, [original.image for original in originals])
    origins = [_origin(original) for original in originals]
    return Result("conditional", model, settings, mu, assign_all(model, mu, sigma2), origins, originals)


def unconditional(model, n: int, settings: Settings = DEFAULT, component: int | None = None) -> Result:
    """Draws n sketches from nothing: a component by its weight, or the given one, then a code (paper, eq. 5)."""
    if component is not None:
        checked_component(model, component)
    codes, components = (array.numpy() for array in model.latent.sample(n, settings.seed, component))
    origins = [{"from": f"component:{k}"} for k in components]
    return Result("unconditional", model, settings, codes, components, origins)


def from_normal(model, n: int, settings: Settings = DEFAULT) -> Result:
    """Draws n sketches from codes of N(0, I), which is what the reference does without an image."""
    codes = tf.random.stateless_normal((n, model.hps.z_size), (settings.seed, 0)).numpy()
    origins = [{"from": "normal"} for _ in range(n)]
    return Result("unconditional", model, settings, codes, assign_all(model, codes), origins)


def from_codes(model, codes: np.ndarray, settings: Settings = DEFAULT, source: str = "codes") -> Result:
    """Draws from given codes `[n, z_size]`; `source` names them in errors and in the manifest.

    Raises:
        ValueError: for no codes, codes of another size than the model's, or not finite.
    """
    codes = np.asarray(codes, np.float32)
    if codes.ndim != 2 or codes.shape[1] != model.hps.z_size or not len(codes):
        raise ValueError(f"{source}: expected codes [n, {model.hps.z_size}] with n > 0, found {list(codes.shape)}")
    if not np.isfinite(codes).all():
        raise ValueError(f"{source}: expected finite codes, found NaN or infinite values")
    origins = [{"from": source, "index": i} for i in range(len(codes))]
    return Result("unconditional", model, settings, codes, assign_all(model, codes), origins)


def components(
    model,
    samples: int = 8,
    settings: Settings = DEFAULT,
    originals: Sequence[Original] = (),
    component: int | None = None,
) -> Result:
    """Draws the centre of each living component, and samples from it: what it has learned.

    Args:
        model: whose latent components are shown, the heaviest first.
        samples: codes from each component, beside its centre.
        settings: how to draw.
        originals: test sketches, to tell which of them belong to each component.
        component: show this one only, dead or alive.
    """
    shown = living_components(model) if component is None else [checked_component(model, component)]
    parts = [
        np.vstack([model.latent_mu[k][None], model.latent.sample(samples, _seed(settings.seed, k), k)[0]])
        for k in shown
    ]
    origins = [{"from": f"component:{k}", "is_centre": i == 0} for k in shown for i in range(samples + 1)]
    drawn = np.repeat(np.array(shown, np.int64), samples + 1)
    return Result(
        "components",
        model,
        settings,
        np.concatenate(parts),
        drawn,
        origins,
        columns=samples + 1,
        traits=_traits(model, shown, originals),
    )


def interpolate(
    model, endpoints: Sequence[Endpoint], steps: int = 8, way: str = "linear", settings: Settings = DEFAULT
) -> Result:
    """Draws the codes on a line between two endpoints, or on a grid between four (paper, Fig. 5 and 6).

    Args:
        model: that draws.
        endpoints: two; or four, the corners top left, top right, bottom left, bottom right.
        steps: on the line, or along each side of the grid.
        way: "linear" or "spherical".
        settings: how to draw.

    Raises:
        ValueError: for another number of endpoints, and as `codes.line`.
    """
    ends = [end.code for end in endpoints]
    names = [end.name for end in endpoints]
    across = arithmetic.positions(steps).round(4).tolist()
    if len(ends) == 2:
        codes, at = arithmetic.line(*ends, steps, way), [[t] for t in across]
    elif len(ends) == 4:
        codes = arithmetic.grid(np.stack(ends).reshape(2, 2, -1), steps, steps, way).reshape(steps**2, -1)
        at = [[down, t] for down in across for t in across]
    else:
        raise ValueError(f"interpolate: expected 2 endpoints, or 4 for a grid, found {len(ends)}")
    codes = codes.astype(np.float32)
    origins = [{"from": names, "at": position, "interpolation": way} for position in at]
    return Result(
        "interpolate", model, settings, codes, assign_all(model, codes), origins, columns=steps, endpoints=endpoints
    )


def analogy(model, a: Endpoint, b: Endpoint, c: Endpoint, settings: Settings = DEFAULT) -> Result:
    """Draws a, b and c, and then a - b + c (sketch-rnn §4.3)."""
    terms = (a, b, c)
    codes = np.stack([*(term.code for term in terms), arithmetic.analogy(a.code, b.code, c.code)])
    names = [term.name for term in terms]
    origins = [*({"from": name} for name in names), {"from": names, "formula": "a - b + c"}]
    return Result("analogy", model, settings, codes, assign_all(model, codes), origins, columns=4, endpoints=terms)


def complete(
    model,
    originals: Sequence[Original],
    share: float = 0.3,
    mask: np.ndarray | None = None,
    settings: Settings = DEFAULT,
) -> Result:
    """Draws originals of which parts were erased (paper, §5.2 and Fig. 7).

    Args:
        model: that draws.
        originals: what is erased from; with a share of 0, images that lack something already.
        share: of all pixels, how many an irregular mask erases; each original has its own, by seed and index.
        mask: bool `[size, size]`, True where it erases; takes the place of irregular ones.
        settings: how to draw.
    """
    images = np.stack([original.image for original in originals])
    masks = _masks(images.shape, share, mask, settings.seed)
    mu, sigma2 = encode_all(model, erase(images, masks))
    origins = [
        {**_origin(original), "erased_share": round(float(one.mean()), 4)}
        for original, one in zip(originals, masks, strict=True)
    ]
    return Result("complete", model, settings, mu, assign_all(model, mu, sigma2), origins, originals, masks=masks)


def continuation(
    model,
    originals: Sequence[Original],
    scale_factor: float,
    share: float = 0.4,
    endings: int = 5,
    component: int | None = None,
    settings: Settings = DEFAULT,
) -> Result:
    """Draws several endings of sketches of which the first strokes are given (sketch-rnn §4.4).

    The given strokes go through the decoder as if it had drawn them. The code is that of their own image, or the
    centre of a component.

    Args:
        model: that draws.
        originals: with strokes, in units of the data.
        scale_factor: units of the data per model unit.
        share: of each original's points, how many are given, at least one; in (0, 1].
        endings: sketches from each original.
        component: take its centre as the code.
        settings: how to draw.

    Raises:
        ValueError: for an original without strokes, or with so many that nothing is left to draw.
    """
    limit = settings.max_len or model.generator.max_len
    given = [_first_strokes(original, share, limit) for original in originals]
    codes, sigma2 = encode_all(model, [render(strokes, model.hps.png_width) for strokes in given])
    assigned = assign_all(model, codes, sigma2)
    if component is not None:
        assigned = np.full(len(given), checked_component(model, component))
        codes = model.latent_mu.numpy()[assigned]
    origins = [{**_origin(o), "given_points": len(g)} for o, g in zip(originals, given, strict=True)]
    prefixes = [np.float32(strokes) / np.float32([scale_factor, scale_factor, 1]) for strokes in given]
    return Result(
        "continue",
        model,
        settings,
        np.repeat(codes, endings, axis=0),
        np.repeat(assigned, endings),
        _repeated(origins, endings),
        _repeated(originals, endings),
        columns=endings,
        prefixes=_repeated(prefixes, endings),
    )


def living_components(model) -> list[int]:
    """The components that codes still belong to, the heaviest first."""
    weights = model.latent_alpha.numpy()[:, 0]
    return [int(k) for k in np.argsort(-weights, kind="stable") if weights[k] > LIVING_ALPHA]


def _origin(original: Original) -> dict[str, Any]:
    """What the manifest says about an original."""
    facts = {"from": original.name, "style": original.style, "file": original.source}
    return {name: fact for name, fact in facts.items() if fact}


def _seed(seed: int, part: int) -> int:
    """A seed of its own for a part of the work."""
    return int(np.random.SeedSequence([seed, part]).generate_state(1)[0] // 2)


def _traits(model, shown: Sequence[int], originals: Sequence[Original]) -> list[Trait]:
    """What each shown component stands for."""
    codes, sigma2 = encode_all(model, [original.image for original in originals])
    owners = assign_all(model, codes, sigma2) if originals else np.zeros(0, int)
    weights, centres, variances = (v.numpy() for v in (model.latent_alpha, model.latent_mu, model.latent_sigma2))
    traits = []
    for k in shown:
        distance = np.sum((codes - centres[k]) ** 2 / variances[k], axis=1)
        members = [originals[i] for i in np.argsort(distance, kind="stable") if owners[i] == k]
        traits.append(Trait(k, float(weights[k, 0]), members, _shares(model, members)))
    return traits


def _shares(model, members: Sequence[Original]) -> dict[str, float]:
    """Which share of a component's members has which category and style, the largest first."""
    names = Counter(f"{model.hps.categories[o.label]} {o.style}".strip() for o in members)
    return {name: round(count / len(members), 4) for name, count in names.most_common()}


def _masks(shape: tuple[int, int, int], share: float, mask: np.ndarray | None, seed: int) -> np.ndarray:
    """Masks of that shape, `[n, size, size]`: all the given one, or each an irregular one of its own."""
    n, size, _ = shape
    if mask is not None:
        return np.broadcast_to(mask, shape)
    return np.stack([irregular_mask(size, share, np.random.default_rng([seed, i])) for i in range(n)])


def _first_strokes(original: Original, share: float, limit: int) -> np.ndarray:
    """The first strokes `[n, 3]` of an original, in units of the data."""
    if not 0 < share <= 1:
        raise ValueError(f"continue: expected a share of given points in (0, 1], found {share}")
    if original.strokes is None:
        raise ValueError(f"{original.source or original.name}: only an image; to continue it, its strokes are needed")
    n = max(1, round(share * len(original.strokes)))
    if n >= limit:
        raise ValueError(
            f"{original.source or original.name}: {n} given points leave nothing to draw of {limit}; "
            "give a smaller --given_share or a larger --max_len"
        )
    return original.strokes[:n]


def _repeated(items: Sequence, times: int) -> list:
    """Each item several times: a, a, b, b."""
    return [item for item in items for _ in range(times)]

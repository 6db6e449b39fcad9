"""Which components of a mixture live: hardly any code belongs to one of a smaller weight."""

import numpy as np

from ia_pix2seq_tf.constants import LIVING_ALPHA


def living_components(alpha: np.ndarray, threshold: float = LIVING_ALPHA) -> np.ndarray:
    """The indices of the components whose weight is above a threshold, the heaviest first; `[number of these]`.

    Args:
        alpha: weights of the components, `[k]` or `[k, 1]`; k may be 0.
        threshold: of the weight.
    """
    weights = np.asarray(alpha).ravel()
    order = np.argsort(-weights, kind="stable")
    return order[weights[order] > threshold]

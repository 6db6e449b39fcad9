"""What a mode needs of a model, each refused in one sentence that says what to do instead."""

from typing import TYPE_CHECKING

from ia_pix2seq_tf.constants import LIVING_ALPHA
from ia_pix2seq_tf.inference import check_encoder

if TYPE_CHECKING:
    from ia_pix2seq_tf.model import IAPix2Seq

NO_CODES = (
    "this model has no latent codes; --mode=unconditional draws without, and --mode=continue goes on from given strokes"
)


def codes(model: "IAPix2Seq") -> None:
    """Raises ValueError where a model draws without codes."""
    if not model.z_size:
        raise ValueError(NO_CODES)


def images(model: "IAPix2Seq") -> None:
    """Raises ValueError where a model reads no images."""
    check_encoder(model)
    if "images" not in model.reads:
        raise ValueError(
            "this model reads strokes, which no mask can erase; --mode=continue goes on from the first of them"
        )


def components(model: "IAPix2Seq", asked: str = "") -> None:
    """Raises ValueError where a model has no latent components; the message begins with what was `asked` for."""
    codes(model)
    if not model.latent.k:
        raise ValueError(
            f"{asked}{': ' if asked else ''}this model's codes have no components; use --mode=unconditional, or codes "
            "of sketches such as test:CATEGORY:NUMBER"
        )


def living(model: "IAPix2Seq") -> list[int]:
    """The living components, the heaviest first; raises ValueError where a model has none."""
    components(model)
    found = list(model.latent.living)
    if not found:
        raise ValueError(
            f"expected a component whose weight is above {LIVING_ALPHA:g}, found none among {model.latent.k}; draw one "
            "of them with --component"
        )
    return found


def component(model: "IAPix2Seq", number: int) -> int:
    """The component of that number; raises ValueError where the model has none such."""
    components(model, f"component {number}")
    if not 0 <= number < model.latent.k:
        raise ValueError(f"component {number}: this model has the components 0 to {model.latent.k - 1}")
    return number

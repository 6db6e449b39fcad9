"""How the Rec classifier is trained. Imports no TensorFlow."""

from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Settings:
    """Choices of a training of the classifier; the defaults suit a data set of 4 × 2000 sketches on two cores.

    Attributes:
        seed: of weights, dropout and order.
        batch_size: sketches in a step; fewer where there are fewer. Small, as the network, which has no
            normalisation, gets further in more steps over the same sketches.
        learning_rate: Adam's at the start; it falls linearly towards 0 at the last step.
        max_epochs, max_steps: training ends at whichever comes first.
        validate_every: steps between validations.
        patience: validations in a row without a better accuracy that end the training.
        max_valid: most sketches in a validation, in turn from all categories.
    """

    seed: int = 0
    batch_size: int = 16
    learning_rate: float = 3e-4
    max_epochs: int = 10
    max_steps: int = 1440
    validate_every: int = 160
    patience: int = 3
    max_valid: int = 500

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not (value > 0 or (field.name == "seed" and value == 0)):
                raise ValueError(f"{field.name}: expected a number above 0, found {value}")

    def batch_for(self, sketches: int) -> int:
        """The size of a batch of that many training sketches."""
        return min(self.batch_size, sketches)

    def steps_for(self, sketches: int) -> int:
        """The most steps on that many training sketches; the last partial batch of an epoch is dropped."""
        return min(self.max_steps, self.max_epochs * (sketches // self.batch_for(sketches)))

"""Hyperparameters that other programs name otherwise."""

RENAMED = {"data_set": "categories", "img_H": "png_width", "img_W": "png_width"}
"""The names in sketch-rnn's and sketch-pix2seq's programs, and ours."""


def hint(name: str) -> str:
    """What to add to an error about an unknown field: its name here, if it is another program's; else nothing."""
    if name not in RENAMED:
        return ""
    remark = ", names without .npz" if RENAMED[name] == "categories" else ""
    return f" (that is sketch-rnn's name: here it is {RENAMED[name]}{remark})"

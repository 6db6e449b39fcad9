"""What TensorFlow's errors say to people."""

import re


def reason(error: Exception) -> str:
    """The message of an error of TensorFlow in writing a file, without the names of its operations."""
    return re.sub(r"\{\{.*?\}\}\s*|\s*\[Op:.*\]", "", str(error)).strip()

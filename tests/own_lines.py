"""What the programs themselves write to standard error."""

import re

OWN = re.compile(r"\d\d:\d\d:\d\d \S|[a-z][\w ]*: +\d+%\||\s*$")
"""A message of the package, or a progress bar."""


def strange_lines(text: str) -> list[str]:
    """The lines of a program's standard error that are neither messages of the package nor progress bars."""
    return [line for line in re.split("[\r\n]", text) if not OWN.match(line)]

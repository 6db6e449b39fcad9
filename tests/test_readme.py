"""README.zh-CN.md is the tour of README.md: as many headings, the same commands, pictures, links and table rows."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ENGLISH, CHINESE = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md"))
CODE = r"```\w*\n.*?```"


def without_code(page: str) -> str:
    return re.sub(CODE, "", page, flags=re.DOTALL)


def anchor(heading: str) -> str:
    """What GitHub makes of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def parts(page: str) -> dict[str, list[str]]:
    """What both pages have in common, in its order; of headings, the level."""
    prose = without_code(page)
    return {
        "headings": re.findall(r"^#+", prose, re.MULTILINE),
        "code": re.findall(CODE, page, re.DOTALL),
        "pictures": re.findall(r"!\[[^]]+\]\(([^)]+)\)", prose),
        "links": sorted(re.findall(r"(?<!!)\[[^]]+\]\(((?!#|README)[^)]+)\)", prose)),
        "rows of tables": re.findall(r"^\|(?= ?`?[\w-]|---)", prose, re.MULTILINE),
        "commands in prose": sorted(re.findall(r"`(python [^`]+)`", prose)),
        "flags": sorted(set(re.findall(r"--[a-z_]+", prose))),
    }


@pytest.mark.parametrize("kind", parts(ENGLISH))
def test_the_chinese_readme_keeps_step_with_the_english_one(kind):
    assert parts(CHINESE)[kind] == parts(ENGLISH)[kind]


@pytest.mark.parametrize("page", [ENGLISH, CHINESE], ids=["English", "Chinese"])
def test_links_within_a_readme_lead_somewhere(page):
    headings = {anchor(heading) for heading in re.findall(r"^#+ (.+)$", without_code(page), re.MULTILINE)}
    assert set(re.findall(r"\]\(#([^)]+)\)", page)) <= headings
    for path in re.findall(r"\]\((?!#|http)([^)#]+)", page):
        assert (ROOT / path).exists(), path

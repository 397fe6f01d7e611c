"""The gallery's pages: every included case is on them, and every link leads somewhere."""

import re
from pathlib import Path

import pytest

from wherenow.case.builtin import included

PAGES = Path(__file__).parents[1] / "docs" / "gallery"
LINKS = [
    (page, link)
    for page in sorted(PAGES.glob("*.md"))
    for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8"))
]


def test_every_included_case_is_in_the_gallery():
    listed = re.findall(r"^\| \[`([\w-]+)`\]", (PAGES / "README.md").read_text("utf-8"), re.M)
    assert sorted(listed) == list(included())


@pytest.mark.parametrize(("page", "link"), LINKS, ids=[f"{page.name} {link}" for page, link in LINKS])
def test_every_link_of_the_gallery_leads_somewhere(page, link):
    assert (page.parent / link).exists()

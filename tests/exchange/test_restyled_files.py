"""Variations of a file that do not change its meaning: case, blanks, encodings, comments, order, units, views."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.exchange.vensim.test_vensim_features import VENSIM, vensim_file
from tests.exchange.xmile.files import run_file, xmile
from tests.exchange.xmile.test_xmile_features import DIMENSIONS, OWN, XMILE

KEPT = r"""&quot;.*?&quot;(?![^\s]*&quot;)|"(?:[^"\\]|\\.)*"|\{.*\}|&\w+;|\\\n|[^\W\d]\w*'"""
TOKEN = re.compile(rf"({KEPT})|([^\W\d]\w*)|(\s+)|(.)", re.DOTALL)
SPACES = [" ", "  ", "\t", "\n\t", " \\\n\t\t"]
UNITS = ["", "Dmnl", "$/(person*Year)", "1/Month**2 [0,?]", "people's [?,100,0.5]", "% = odd", "µg, or (x)"]
COMMENTS = ["", "a = b, c (d", "\n\t\tlines of \\\n\t\ttext", "{x} 'y' \"z\""]
GROUP = "*" * 56 + "\n\t.Group of Things\n" + "*" * 56 + "~\n\t\tWhat it is about.\n\t|\n"
SKETCH = """\\\\\\---/// Sketch information - do not modify anything except names
V300  Do not put anything below this section - it will be ignored
*View 1
$192-192-192,0,Times New Roman|12||0-0-0|0-0-0|0-0-255|-1--1--1|-1--1--1|72,72,100,0
10,1,x,295,80,50,11,8,3,0,0,0,0,0,0
12,2,0,120,500,30,9,8,4,0,0,-1,0,0,0
A note, with = and ~ and |
///---\\\\\\
:L<%^E!@
1:Current.vdfx
15:0,0,0,0,0,0
"""
VIEW = '<views><style color="red"/><view isee:show_pages="false"><stock x="1" y="2" name="s"/></view></views>'
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "latin-1"]


def restyled(text: str, draw: Callable[[st.SearchStrategy], object], blank: str, spaces: list[str]) -> str:
    """Change the case of names, the blanks within and between them, and put comments between tokens."""
    parts = []
    for kept, word, space, sign in TOKEN.findall(text):
        if word:
            parts.append(draw(st.sampled_from([word, word.lower(), word.upper(), word.swapcase()])))
        elif space:
            parts.append(draw(st.sampled_from([blank, *spaces])) if "\n" not in space else space)
        elif sign and sign in ",+" and draw(st.booleans()):
            parts.append(f"{sign}{draw(st.sampled_from([' ', '{why, or how}', *spaces]))}")
        else:
            parts.append(kept or sign)
    return "".join(parts)


def encoded(text: str, encoding: str, line_end: str) -> bytes:
    """Encode in an encoding that has all its letters."""
    text = text.replace("\n", line_end)
    return text.encode(encoding if encoding != "latin-1" or text.isascii() else "utf-8")


@st.composite
def vensim_files(draw: Callable[[st.SearchStrategy], object], equations: str) -> bytes:
    """Files of the same equations."""
    whole = vensim_file(equations)
    macros, _, rest = whole.rpartition(":END OF MACRO:\n")
    statements = [s.strip() for s in rest.split("~~|") if s.strip()]
    if not draw(st.booleans()):
        statements = draw(st.permutations(statements))
    entries = []
    for statement in statements:
        plain = ":IS:" in statement or "~" in statement  # texts and names that hold marks
        shown = statement if plain else restyled(statement, draw, " ", SPACES)
        unit, comment = draw(st.sampled_from(UNITS)), draw(st.sampled_from(COMMENTS))
        more = draw(st.sampled_from(["", "~\t\t:SUPPLEMENTARY \n\t"]))
        entries.append(f"{shown}\n\t~\t{unit}\n\t~\t{comment}\n\t{more}|\n\n")
    at = draw(st.integers(0, len(entries)))
    entries.insert(at, draw(st.sampled_from(["", GROUP, "{a comment\nof two lines}\n"])))
    text = "".join([draw(st.sampled_from(["", "{UTF-8}\n"])), macros and f"{macros}:END OF MACRO:\n", *entries])
    text += draw(st.sampled_from(["", SKETCH]))
    return encoded(text, draw(st.sampled_from(ENCODINGS)), draw(st.sampled_from(["\n", "\r\n", "\r"])))


@st.composite
def xmile_files(draw: Callable[[st.SearchStrategy], object], variables: str) -> bytes:
    """Files of the same variables."""

    def equation(found: re.Match[str]) -> str:
        shown = restyled(found[1], draw, " ", [" ", "  ", "\n\t", "\u00a0"])
        if draw(st.booleans()) and "&" not in shown:
            shown = f"<![CDATA[{shown}]]>"
        return f"<eqn>{draw(st.sampled_from(['', ' ', '{note} ']))}{shown}</eqn>"

    tags = re.findall(r"<(?:aux|stock|flow|gf) name.*?(?:</(?:aux|stock|flow)>|/>)", variables, re.DOTALL)
    whole = "".join(tags) == variables
    chosen = draw(st.permutations(tags)) if whole else [variables]
    more = ["", "<!-- why -->\n", "\r\n\t"]
    body = "".join(f"{draw(st.sampled_from(more))}{re.sub('<eqn>(.*?)</eqn>', equation, tag)}" for tag in chosen)
    text = xmile(body, DIMENSIONS + OWN)
    if draw(st.booleans()):
        text = text.replace("</variables>", f"</variables>{VIEW}")
    encoding = draw(st.sampled_from(ENCODINGS))
    space = 'xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0" xmlns:isee="http://iseesystems.com/XMILE"'
    text = text.replace("<xmile>", f'<xmile version="1.0" {space}>')
    if draw(st.booleans()):
        named = "utf-8" if encoding.startswith("utf-8") or not text.isascii() else encoding
        encoding = named if encoding == "latin-1" else encoding
        text = f'<?xml version="1.0" encoding="{named.removesuffix("-sig")}"?>\n{text}'
    return encoded(text, encoding, "\n")


def values_of(path: Path) -> dict[str, list[float]]:
    return {name.lower().replace(" ", "_"): values.tolist() for name, values in run_file(path).items()}


def assert_same(found: Mapping[str, list[float]], expected: Mapping[str, list[float]], content: bytes) -> None:
    assert found.keys() == expected.keys(), content
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values, err_msg=f"{name} in {content!r}")


EXAMPLES = settings(max_examples=3, suppress_health_check=list(HealthCheck), deadline=None)


@pytest.mark.parametrize("feature", VENSIM)
@EXAMPLES
@given(data=st.data())
def test_a_vensim_file_of_another_style_runs_to_the_same_bits(
    feature: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    equations, _ = VENSIM[feature]
    folder = tmp_path_factory.mktemp("style")
    (folder / "plain.mdl").write_text(vensim_file(equations), encoding="utf-8")
    content = data.draw(vensim_files(equations))
    (folder / "styled.mdl").write_bytes(content)
    assert_same(values_of(folder / "styled.mdl"), values_of(folder / "plain.mdl"), content)


@pytest.mark.parametrize("feature", XMILE)
@EXAMPLES
@given(data=st.data())
def test_an_xmile_file_of_another_style_runs_to_the_same_bits(
    feature: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    variables, _ = XMILE[feature]
    folder = tmp_path_factory.mktemp("style")
    (folder / "plain.xmile").write_text(xmile(variables, DIMENSIONS + OWN), encoding="utf-8")
    content = data.draw(xmile_files(variables))
    (folder / "styled.xmile").write_bytes(content)
    assert_same(values_of(folder / "styled.xmile"), values_of(folder / "plain.xmile"), content)

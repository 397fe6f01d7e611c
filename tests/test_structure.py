"""How modules depend on each other, and how large packages are."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import networkx as nx

ROOT = Path(__file__).parents[1] / "src"


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imported_by(tree: ast.AST, modules: set[str]) -> set[str]:
    """The modules that code imports, at the top, inside a function, or for types alone."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names} & modules
            # `from package import name` of a name that the package takes from a module of its own
            found.update(names or {node.module})
    return found & modules


def dependencies() -> nx.DiGraph:
    trees = {name_of(path): ast.parse(path.read_text("utf-8")) for path in ROOT.rglob("*.py")}
    graph = nx.DiGraph()
    for name, tree in trees.items():
        graph.add_edges_from((name, other) for other in imported_by(tree, set(trees)) if other != name)
    return graph


def test_no_modules_import_each_other_in_a_circle_even_inside_functions() -> None:
    circles = [sorted(part) for part in nx.strongly_connected_components(dependencies()) if len(part) > 1]
    assert circles == []


def test_no_package_has_more_than_fifteen_modules_of_its_own() -> None:
    sizes = {str(p.relative_to(ROOT)): len(list(p.glob("*.py"))) for p in ROOT.rglob("*") if p.is_dir()}
    assert {name: size for name, size in sizes.items() if size > 15} == {}


def test_no_two_modules_share_a_name() -> None:
    names = Counter(path.stem for path in ROOT.rglob("*.py") if path.stem != "__init__")
    assert [name for name, times in names.items() if times > 1] == []


def test_no_two_classes_share_a_name() -> None:
    trees = (ast.parse(path.read_text("utf-8")) for path in ROOT.rglob("*.py"))
    names = Counter(node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    assert [name for name, times in names.items() if times > 1] == []


def undocumented(node: ast.ClassDef, lines: list[str]) -> list[str]:
    """The fields of a dataclass that neither a comment after them nor the class docstring explains."""
    doc = ast.get_docstring(node) or ""
    fields = {f.target.id: f for f in node.body if isinstance(f, ast.AnnAssign) and isinstance(f.target, ast.Name)}
    fields.pop("_", None)  # KW_ONLY
    if len(fields) <= 5 or not any("dataclass" in ast.unparse(d) for d in node.decorator_list):
        return []
    said = {name for row in re.findall(r"^([\w, ]+) :", doc, re.MULTILINE) for name in row.split(", ")}
    said |= set(re.findall(r"``(\w+)", doc))
    said |= {name for name, field in fields.items() if "  # " in lines[(field.end_lineno or field.lineno) - 1]}
    return [f"{node.name}.{name}" for name in fields if name not in said]


def test_each_field_of_a_large_dataclass_is_documented() -> None:
    found = []
    for path in ROOT.rglob("*.py"):
        text = path.read_text("utf-8")
        classes = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef))
        found += [field for node in classes for field in undocumented(node, text.splitlines())]
    assert found == []

"""Edits of the text of an XMILE file; the rest of the file keeps its layout, comments and order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from wherenow.api.edits.edit_parts import NewVariable, replaced
from wherenow.errors import Diagnostic, InputError, Text, UsageError, did_you_mean
from wherenow.exchange.xmile.reading.xmile_equations import qualified
from wherenow.exchange.xmile.reading.xmile_reader import parse_xmile
from wherenow.exchange.xmile.reading.xmile_variables import variable_tags
from wherenow.exchange.xmile.reading.xml_reader import Tag, read_markup
from wherenow.language.parser import parse
from wherenow.language.syntax import Call, Reference, canonical, walk
from wherenow.model.model_types import ModelSpec

_VARIABLES = ("stock", "flow", "aux", "gf")
_NAMING = ("inflow", "outflow", "from", "to", "of")
_PLAIN = re.compile(r"[^\W\d]\w*")


class XmileText:
    """The text of an XMILE file; each method changes :attr:`text`. Raises UsageError for unknown names and invalid
    edits.
    """

    def __init__(self, text: str, path: Path) -> None:
        self.text, self.path = text, path

    def read(self) -> ModelSpec:
        """Parse the text as a model. Raises InputError."""
        return parse_xmile(self.text, str(self.path), self.path.parent)[0]

    # -- edits

    def set(self, name: str, equation: str | None, initial: str | None, unit: str | None, doc: str | None) -> None:
        """Change the equation, initial value, unit or documentation of a variable, or the equation of an element."""
        bare, bracket, inside = name.partition("[")
        tag = self._variable_within(bare)
        if tag.name == "stock" and equation is not None:
            raise UsageError(f"'{name}' is a stock, which its flows change", "set a flow, or initial=")
        if tag.name != "stock" and initial is not None:
            raise UsageError(f"'{name}' is not a stock: it has no initial value")
        place = tag
        if bracket:
            wanted = tuple(map(canonical, inside.rstrip("] ").split(",")))
            elements = tag.all("element")
            places = {tuple(map(canonical, e.attributes.get("subscript", "").split(","))): e for e in elements}
            if wanted not in places:
                raise UsageError(f"'{bare.strip()}' has no equation of its own for [{inside.rstrip('] ')}]")
            place = places[wanted]
        changes = []
        for child, value in (("eqn", equation if initial is None else initial), ("units", unit), ("doc", doc)):
            if value is not None:
                changes.append(self._child(place if child == "eqn" else tag, child, escape(value)))
        self.text = replaced(self.text, changes)

    def add(self, new: NewVariable) -> None:
        """Write a new variable after the last one; stocks that a new flow fills or drains name it."""
        if any(canonical(tag.attributes["name"]) == canonical(new.name) for tag in self._variables()):
            raise UsageError(f"there is a variable '{new.name}' already", "set() changes it")
        for stock, way in ((new.into, "inflow"), (new.out_of, "outflow")):
            if stock:
                self._connect(stock, way, new.name)
        inside = [("eqn", new.initial if new.kind == "stock" else new.equation)]
        inside += [("inflow", _spelled(n)) for n in new.inflows] + [("outflow", _spelled(n)) for n in new.outflows]
        inside += [(tag, text) for tag, text in (("units", new.unit), ("doc", new.doc)) if text]
        parent = self._parent()
        end = self._close(parent)
        margin = self._margin(next(iter(self._variables()), parent))
        step = "\t" if "\t" in margin else "    "
        lines = [f"<{_TAGS[new.kind]} name={quoteattr(new.name)}>"]
        lines += [f"{step}<{tag}>{escape(text)}</{tag}>" for tag, text in inside]
        lines += [f"</{_TAGS[new.kind]}>"]
        start = len(self.text[:end].rstrip(" \t"))
        written = "".join(f"{margin}{line}\n" for line in lines)
        broken = "" if self.text[:start].endswith("\n") else "\n"
        self.text = self.text[:start] + broken + written + self.text[start:end] + self.text[end:]

    def _connect(self, stock: str, way: str, flow: str) -> None:
        tag = self._variable(stock)
        if tag.name != "stock":
            raise UsageError(f"'{stock}' is not a stock")
        eqn = tag.find("eqn")
        at = self._end(eqn) if eqn is not None else self._open_end(tag)
        self.text = (
            f"{self.text[:at]}\n{self._margin(eqn or tag)}<{way}>{escape(_spelled(flow))}</{way}>{self.text[at:]}"
        )

    def rename(self, old: str, new: str) -> None:
        """Rename a variable in equations, flows of stocks and views, but not in documentation."""
        key = canonical(old)
        self._variable(old)
        if canonical(new) != key and any(canonical(t.attributes["name"]) == canonical(new) for t in self._variables()):
            raise UsageError(f"there is a variable '{new}' already")
        changes = []
        for one in _below(self._root()):
            if canonical(one.attributes.get("name", "")) == key and one.name in (*_VARIABLES, "alias"):
                changes.append(self._attribute(one, new))
            if one.name in _NAMING and canonical(one.value) == key:
                quoted = one.name in ("inflow", "outflow")
                changes.append((self._inside(one), escape(_spelled(new) if quoted else new)))
            if one.name in ("eqn", "init_eqn"):
                written = self.text[slice(*self._inside(one))]
                made = self._renamed(one, unescape(written), key, new)
                if made is not None:
                    changes.append((self._inside(one), escape(made)))
        self.text = replaced(self.text, changes)

    def remove(self, name: str) -> None:
        """Remove a variable, its mentions as a flow of stocks, and its elements in views."""
        key = canonical(name)
        self._variable(name)
        changes = []
        for one in _below(self._root()):
            named = canonical(one.attributes.get("name", "")) == key and one.name in _VARIABLES
            flow = one.name in ("inflow", "outflow") and canonical(one.value) == key
            ends = [canonical(end.value) for end in (one.find("from"), one.find("to")) if end is not None]
            if named or flow or (one.name == "connector" and key in ends):
                start = len(self.text[: one.place].rstrip(" \t"))
                end = self._end(one)
                line = self.text[end : end + 1] == "\n" and self.text[:start].endswith("\n")
                changes.append(((start, end + 1) if line else (one.place, end), ""))
        self.text = replaced(self.text, _outermost(changes))

    def labels(self) -> dict[str, str]:
        """Return the names of all variables as written, by canonical name."""
        return {canonical(tag.attributes["name"]): tag.attributes["name"] for tag in self._variables()}

    # -- positions in the text

    def _root(self) -> Tag:
        return read_markup(self.text, str(self.path), [])

    def _model(self) -> Tag:
        found = self._root().find("model")
        if found is None:
            raise UsageError(f"{self.path.name} has no model to edit")
        return found

    def _parent(self) -> Tag:
        """Find the tag that variables are added to."""
        model = self._model()
        return model.find("variables") or model

    def _variables(self) -> list[Tag]:
        return [t for t in variable_tags(self._model()) if t.name in _VARIABLES and "name" in t.attributes]

    def _variable(self, name: str) -> Tag:
        known = {canonical(tag.attributes["name"]): tag for tag in self._variables()}
        key = canonical(name)
        if key not in known:
            hint = did_you_mean(key, known) or ("set() alone changes a module's variables" if "." in key else "")
            raise UsageError(f"there is no variable '{name.strip()}'", hint)
        return known[key]

    def _variable_within(self, name: str) -> Tag:
        """Find a variable, also of a module: ``module.variable``, which all modules of one model share."""
        *path, last = qualified(name.strip()).split(".")
        inside = [t for t in variable_tags(self._model()) if "name" in t.attributes]
        for module in path:
            place = next((t for t in inside if t.name == "module" and canonical(t.attributes["name"]) == module), None)
            chosen = canonical(place.attributes.get("isee:model_name", module)) if place else ""
            models = (m for m in self._root().all("model") if canonical(m.attributes.get("name", "")) == chosen)
            model = next(models, None) if place else None
            if model is None:
                return self._variable(name)
            inside = [t for t in variable_tags(model) if "name" in t.attributes]
        found = next((t for t in inside if t.name in _VARIABLES and canonical(t.attributes["name"]) == last), None)
        return found if path and found else self._variable(name)

    def _child(self, tag: Tag, name: str, text: str) -> tuple[tuple[int, int], str]:
        """Return the edit that sets the text of a tag's child, which is made if there is none."""
        child = tag.find(name)
        if child is not None and self.text[self._open_end(child) - 2] != "/":
            return self._inside(child), text
        after = tag.find("eqn")
        at = self._end(after) if after is not None else self._open_end(tag)
        margin = self._margin(after if after is not None else tag)
        return (at, at), f"\n{margin}<{name}>{text}</{name}>"

    def _renamed(self, tag: Tag, content: str, key: str, new: str) -> str | None:
        """Return an equation with a name replaced; None if it does not read that name."""
        token = re.compile(rf'"[^"]*"|(?<![\w.]){"[ _]+".join(map(re.escape, key.split("_")))}(?!\w)', re.IGNORECASE)
        if not any(canonical(m[0]) == key for m in token.finditer(content)):
            return None
        try:
            tree = parse(Text(content))
        except InputError:
            message = f"'{key}' is in an equation that cannot be edited"
            raise InputError(
                [Diagnostic(message, tag.text.locate(0), hint="rename it there by hand", excerpt=content)]
            ) from None
        spans = []
        for node in walk(tree):
            named = (isinstance(node, Reference) and node.name == key) or (
                isinstance(node, Call) and node.function == key
            )
            if named and (found := token.match(content, node.span.start)) is not None:
                spans.append(((node.span.start, found.end()), _spelled(new)))
        return replaced(content, set(spans))

    def _open_end(self, tag: Tag) -> int:
        """Return the offset after the start tag."""
        found = re.compile(r"<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>").match(self.text, tag.place)
        assert found is not None, "a tag begins at its place"
        return found.end()

    def _close(self, tag: Tag) -> int:
        """Return the offset of the end tag; the end of the tag if it is empty or never closed."""
        start = self._open_end(tag)
        if self.text[start - 2] == "/":
            return start
        depth = 1
        local = re.escape(tag.name.rpartition(":")[2])
        for found in re.compile(rf"<(/?)(?:\w+:)?{local}\b[^>]*?(/?)>", re.IGNORECASE).finditer(self.text, start):
            depth += -1 if found[1] else 0 if found[2] else 1
            if depth == 0:
                return found.start()
        return start

    def _end(self, tag: Tag) -> int:
        """Return the offset after the end tag."""
        close = self._close(tag)
        return self.text.index(">", close) + 1 if self.text[close : close + 2] == "</" else close

    def _inside(self, tag: Tag) -> tuple[int, int]:
        return self._open_end(tag), self._close(tag)

    def _margin(self, tag: Tag) -> str:
        line = self.text[self.text.rfind("\n", 0, tag.place) + 1 : tag.place]
        return line if not line.strip() else ""

    def _attribute(self, tag: Tag, new: str) -> tuple[tuple[int, int], str]:
        head = self.text[tag.place : self._open_end(tag)]
        found = re.search(r"\bname\s*=\s*(\"[^\"]*\"|'[^']*')", head, re.IGNORECASE)
        assert found is not None, "the tag has a name"
        return (tag.place + found.start(1), tag.place + found.end(1)), quoteattr(new)


_TAGS = {"auxiliary": "aux", "flow": "flow", "stock": "stock"}


def _below(tag: Tag) -> Iterator[Tag]:
    for child in tag.children:
        yield child
        yield from _below(child)


def _outermost(changes: list[tuple[tuple[int, int], str]]) -> list[tuple[tuple[int, int], str]]:
    """Select the edits that lie within no other."""
    spans = [span for span, _ in changes]
    return [(s, text) for s, text in changes if not any(a <= s[0] and s[1] <= b and (a, b) != s for a, b in spans)]


def _spelled(name: str) -> str:
    """Spell a name as equations do."""
    bare = name.strip()
    joined = bare.replace(" ", "_")
    if bare.startswith('"'):
        return bare
    return joined if _PLAIN.fullmatch(joined) else f'"{bare}"'

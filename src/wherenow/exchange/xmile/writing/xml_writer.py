"""Writing a tree of tags as an XML file."""

from __future__ import annotations

from dataclasses import dataclass, field

SPACES = {
    "xmlns": "http://docs.oasis-open.org/xmile/ns/XMILE/v1.0",
    "xmlns:isee": "http://iseesystems.com/XMILE",
    "xmlns:wherenow": "urn:wherenow:xmile:1",
}
_NOT_XML = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])
"""Characters that no XML document may hold (XML 1.0, 2.2)."""


@dataclass(slots=True)
class XmlElement:
    """One tag: attributes, and either text or further tags inside."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    children: list[XmlElement] = field(default_factory=list)

    def add(self, name: str, attributes: dict[str, str] | None = None, text: str = "") -> XmlElement:
        """Add a tag inside, at the end."""
        made = XmlElement(name, attributes or {}, text)
        self.children.append(made)
        return made


def document(root: XmlElement) -> str:
    """Return the text of the whole file; the root declares the name spaces."""
    root.attributes = {**SPACES, **root.attributes}
    lines = ['<?xml version="1.0" encoding="utf-8"?>']
    _write(root, 0, lines)
    return "\n".join(lines) + "\n"


def _write(element: XmlElement, depth: int, lines: list[str]) -> None:
    inside = "".join(f' {name}="{_attribute(value)}"' for name, value in element.attributes.items())
    indent = "  " * depth
    if element.children:
        lines.append(f"{indent}<{element.name}{inside}>")
        for child in element.children:
            _write(child, depth + 1, lines)
        lines.append(f"{indent}</{element.name}>")
    elif element.text:
        lines.append(f"{indent}<{element.name}{inside}>{_escaped(element.text)}</{element.name}>")
    else:
        lines.append(f"{indent}<{element.name}{inside}/>")


def _escaped(text: str) -> str:
    return text.translate(_NOT_XML).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _attribute(text: str) -> str:
    return _escaped(text).replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")

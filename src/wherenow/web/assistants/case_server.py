"""An MCP server through which an assistant builds a case: sentences, propose, list, accept, check, run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherenow.draft.building.authoring import Author
from wherenow.draft.readers.answers import SCHEMA
from wherenow.web.assistants.model_server import in_words

if TYPE_CHECKING:
    from mcp.server import MCPServer

INSTRUCTIONS = """Build a case from a text, proposal by proposal. `start` with the text unless the folder has one; read
its `sentences`; `propose` claims, links, events, actors and quantities, each quoting its sentence word for word. What
the text does not support is dropped and counted. {trust} Then `check` and `run`."""
TRUST = {
    True: "You may `accept`; the draft records that no person accepted.",
    False: "Only a person accepts, with `wherenow draft review`; you may `reject` your own proposals.",
}
TOOLS = {
    "start": "Start a case from a text (title, empty line, paragraphs) and its date (2023-06-28); list its sentences.",
    "sentences": "Return the sentences of the text by name (P2S5).",
    "propose": f"Add proposals, a mapping of lists in this JSON schema: {SCHEMA}",
    "proposals": "List the proposals by id; `status`: proposed, accepted or rejected.",
    "check": "List every problem of the case.",
    "run": "Run the accepted proposals and return the verdict on each claim.",
}
"""The descriptions of an author's methods that are tools as they are."""


def make_author(author: Author) -> MCPServer:
    """Make the server of an author. It writes nothing outside the author's folder."""
    from mcp.server import MCPServer

    server = MCPServer("wherenow: author", instructions=INSTRUCTIONS.format(trust=TRUST[author.trusted]))
    for name, description in TOOLS.items():
        server.tool(name=name, description=description)(in_words(getattr(author, name)))

    @server.tool(name="accept")
    @in_words
    def accept(ids: list[str]) -> dict[str, Any]:
        """Accept proposals and rewrite the case; refused unless a person has declared you trusted."""
        return author.decide(ids, accept=True)

    @server.tool(name="reject")
    @in_words
    def reject(ids: list[str]) -> dict[str, Any]:
        """Reject proposals: your own undecided ones, or any if you are trusted."""
        return author.decide(ids, accept=False)

    return server

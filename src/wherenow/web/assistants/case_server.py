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
PROPOSE = f"Add proposals, a mapping of lists in this JSON schema: {SCHEMA}"


def make_author(author: Author) -> MCPServer:
    """Make the server of an author. It writes nothing outside the author's folder."""
    from mcp.server import MCPServer

    server = MCPServer("wherenow: author", instructions=INSTRUCTIONS.format(trust=TRUST[author.trusted]))

    @server.tool(name="start")
    def start(text: str, as_of: str) -> dict[str, Any]:
        """Start a case from a text (title, empty line, paragraphs) and its date (2023-06-28). Returns its sentences."""
        return in_words(lambda: author.start(text, as_of))

    @server.tool(name="sentences")
    def sentences() -> dict[str, Any]:
        """Return the sentences of the text by name (P2S5)."""
        return in_words(author.sentences)

    @server.tool(name="propose", description=PROPOSE)
    def propose(proposals: dict[str, Any]) -> dict[str, Any]:
        return in_words(lambda: author.propose(proposals))

    @server.tool(name="proposals")
    def proposals(status: str = "") -> dict[str, Any]:
        """List the proposals by id; `status`: proposed, accepted or rejected."""
        return in_words(lambda: author.proposals(status))

    @server.tool(name="accept")
    def accept(ids: list[str]) -> dict[str, Any]:
        """Accept proposals and rewrite the case; refused unless a person has declared you trusted."""
        return in_words(lambda: author.decide(ids, accept=True))

    @server.tool(name="reject")
    def reject(ids: list[str]) -> dict[str, Any]:
        """Reject proposals: your own undecided ones, or any if you are trusted."""
        return in_words(lambda: author.decide(ids, accept=False))

    @server.tool(name="check")
    def check() -> dict[str, Any]:
        """List every problem of the case."""
        return in_words(author.check)

    @server.tool(name="run")
    def run(draws: int = 200) -> dict[str, Any]:
        """Run the accepted proposals and return the verdict on each claim."""
        return in_words(lambda: author.run(draws))

    return server

"""``wherenow serve``: the app."""

from __future__ import annotations

import secrets
import socket
from typing import Annotated

import typer

from wherenow.commands.console import drawn, exit_on_error, progress, say
from wherenow.commands.options import BASIS, DRAWS, MODEL, SEED, THREADS
from wherenow.errors import UsageError

PORT = 8321
LOOPBACK = ("127.0.0.1", "localhost", "::1")
MOST_DRAWS = 20_000


@exit_on_error
def serve(
    case: MODEL,
    draws: DRAWS = 1000,
    seed: SEED = 0,
    basis: BASIS = "best",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 lets the system choose.")] = PORT,
    host: Annotated[
        str, typer.Option(help="An address of this machine that others can reach; needs a token.")
    ] = LOOPBACK[0],
    token: Annotated[
        str, typer.Option(envvar="WHERENOW_TOKEN", help="The token that visitors need; generated with --host.")
    ] = "",
    browser: Annotated[bool, typer.Option("--open/--no-open", help="Open a browser.")] = False,
    threads: THREADS = None,
) -> None:
    """Open the app on a case or a model file: levers, scenarios, claims, causes and events, with a REST API.

    Example: [bold]wherenow serve cases/iraq-us --open[/bold]
    """
    if draws > MOST_DRAWS:
        raise UsageError(f"the app runs at most {MOST_DRAWS:,} draws, so that levers stay quick")
    from wherenow.case.model_files.opening import open_case
    from wherenow.web.computation.case_analysis import Analysis
    from wherenow.web.server import make_app
    from wherenow.web.serving.listener import server

    local = host in LOOPBACK
    with progress() as report:
        found = open_case(case)
        members = drawn(found, draws, seed, basis)
        report("running the ensemble")
        analysis = Analysis(found, members, threads)
        analysis.begin()
    token = token or ("" if local else secrets.token_urlsafe(24))
    served = make_app(analysis, token, local)
    listening = bound(host, port)
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{listening.getsockname()[1]}/" + (f"?token={token}" if token else "")
    say(f"{found.title}: {address}  (stop with Ctrl-C)")
    if browser:
        import webbrowser

        webbrowser.open(address)
    server(served).run(sockets=[listening])


def bound(host: str, port: int) -> socket.socket:
    """Return a socket bound to the address. Raises UsageError if that fails."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
    except OSError as error:
        made.close()
        raise UsageError(f"cannot listen on {host}, port {port}: {error.strerror}", "try --port 0") from None
    return made

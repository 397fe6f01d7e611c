"""Building blocks: common structures as model files, for the user to fill with figures."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from wherenow.case.checking.check import check_case
from wherenow.case.reader import read_case
from wherenow.errors import Severity, UsageError, did_you_mean
from wherenow.files import atomic_write, write_text

BLOCKS = {
    "stock": "an amount with an inflow and an outflow",
    "flow": "a flow with an input for events and levers; --into and --out-of connect it to stocks",
    "delay": "a third-order delay",
    "adjustment": "a state that closes the gap to its goal",
    "capacity": "use up to a capacity that wears out and is built",
    "diffusion": "adoption by innovation and imitation (Bass)",
    "supply-demand": "a price between fast demand and slow supply",
}


def add_block(folder: Path, block: str, name: str, unit: str = "1", into: str = "", out_of: str = "") -> Path:
    """Add a block called ``name`` to a case as ``model/NAME.yaml``; return the path of that file.

    ``into`` and ``out_of`` are the stocks that a flow fills and drains.

    Raises
    ------
    UsageError
        for an unknown block or stock, an invalid or taken name, or errors in the case, which is then unchanged.
    """
    if block not in BLOCKS:
        raise UsageError(f"there is no building block {block!r}", did_you_mean(block, BLOCKS) or ", ".join(BLOCKS))
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,40}", name):
        raise UsageError(f"{name!r} cannot name a variable", "use small letters, digits and '_'")
    if (into or out_of) and block != "flow":
        raise UsageError("only a flow can fill or empty a stock", "wherenow add CASE flow NAME --into STOCK")
    case = read_case(folder)
    target = folder / "model" / f"{name}.yaml"
    template = files("wherenow.draft").joinpath("blocks", f"{block}.yaml").read_text("utf-8")
    keys = set(re.findall(r"(?m)^(\{name\}\w*):", template))
    taken = sorted(key.format(name=name) for key in keys if key.format(name=name) in case.model.variables)
    if target.exists() or taken:
        raise UsageError(f"the case has {', '.join(taken) or target.name} already", "choose another name")
    values = {"name": name, "title": name.replace("_", " "), "unit": unit, "time": case.model.time.unit}
    content = re.sub(r"\{(name|title|unit|time)\}", lambda match: values[match[1]], template)
    before = {path: path.read_bytes() for path in (folder / "model").glob("*.yaml")}
    try:
        write_text(target, content)
        for stock, side in ((into, "in"), (out_of, "out")):
            if stock:
                _connect(folder, stock, side, name)
        errors = [d for d in check_case(folder) if d.severity is Severity.ERROR]
        if errors:
            raise UsageError(f"the case would have an error: {errors[0]}")
    except BaseException:
        target.unlink(missing_ok=True)
        for path, old in before.items():
            if path.read_bytes() != old:
                path.write_bytes(old)
        raise
    return target


def _connect(folder: Path, stock: str, side: str, flow: str) -> None:
    """Add a flow to those that fill or drain a stock, in the stock's file."""
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.width = 120
    stocks: list[str] = []
    for path in sorted((folder / "model").glob("*.yaml")):
        tree = yaml.load(path.read_text("utf-8")) or {}
        stocks += [key for key, entry in tree.items() if isinstance(entry, dict) and "stock" in entry]
        if isinstance(tree.get(stock), dict) and isinstance(tree[stock].get("stock"), dict):
            tree[stock]["stock"].setdefault(side, []).append(flow)
            with atomic_write(path) as beside, beside.open("w", encoding="utf-8", newline="\n") as file:
                yaml.dump(tree, file)
            return
    raise UsageError(f"there is no stock {stock!r}", did_you_mean(stock, stocks) or f"stocks are {', '.join(stocks)}")

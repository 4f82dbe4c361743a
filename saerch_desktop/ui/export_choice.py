"""What the export dialog was told: what, in which form, where to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from saerch_desktop.tables import Form
from saerch_desktop.workflow.exporting import Shape, What

FORM_NAMES: Final[dict[Form, str]] = {
    "csv": "Table for spreadsheets (.csv)",
    "jsonl": "Lines of JSON (.jsonl)",
    "parquet": "Parquet, exact and small (.parquet)",
}
SHAPE_NAMES: Final[dict[Shape, str]] = {
    "long": "A row for each activation",
    "topk": "A row for each document",
    "csr": "A sparse matrix for SciPy (.npz)",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that can be written. about: what the file will hold, a sentence or two. missing: why it
    cannot be written now, "" when it can. icon: beside its name.
    """

    what: What
    name: str
    about: str
    icon: str
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """form: of a table. count: results, from the first on; texts: with their whole texts. shape, top: of
    codes; top 0 is all. neighbours: of each document, for Embedding Atlas. title: of the report.
    """

    what: What
    path: Path
    form: Form = "csv"
    count: int = 100
    texts: bool = False
    shape: Shape = "long"
    top: int = 0
    neighbours: int = 0
    title: str = ""

    @property
    def ending(self) -> str:
        """What the name of its file ends in."""
        return ending_of(self.what, self.form, self.shape)


def ending_of(what: What, form: Form, shape: Shape) -> str:
    """What the name of such a file ends in."""
    if what == "report":
        return ".html"
    if what == "atlas":
        return ".parquet"
    if what == "codes" and shape == "csr":
        return ".npz"
    return f".{form}"


def offers(*, results: bool, features: bool, families: bool, vectors: bool, searched: bool) -> list[Offer]:
    """Everything that can leave, with why some of it cannot now."""
    no_features = "" if features else "No features are trained for this library yet."
    no_families = "" if families else no_features or "No families were built yet."
    about_report = (
        "One page that opens in any browser without a network: the results with what moved them, features, "
        "families, and how everything was made."
        if searched
        else "One page that opens in any browser without a network: features, families, and how everything "
        "was made. Search first to have results in it."
    )
    return [
        Offer(
            "results",
            "Results",
            "The documents of the list, with scores, places before steering, and what each change added.",
            "search",
            "" if results else "No results are listed.",
        ),
        Offer(
            "features",
            "Features",
            "A row for each feature: name and its test, how often and how strongly it is active, family, and "
            "your decisions.",
            "feature",
            no_features,
        ),
        Offer(
            "codes",
            "Codes",
            "Which features are active in which document, and how strongly. A million documents take "
            "minutes, not memory.",
            "chart",
            no_features,
        ),
        Offer(
            "labels",
            "Names",
            "A row for every name that anybody gave a feature: its source, its test, how it was made, and "
            "whether you turned it down.",
            "note",
            no_features,
        ),
        Offer(
            "families",
            "Families",
            "A row for each member of each family shown. Families ▸ Export families… writes graphs.",
            "families",
            no_families,
        ),
        Offer(
            "atlas",
            "For Embedding Atlas",
            "Texts, their places on the map, facets and features, as the program Embedding Atlas reads them.",
            "map",
            "" if vectors else "This library has no vectors yet.",
        ),
        Offer("report", "Report", about_report, "document"),
    ]

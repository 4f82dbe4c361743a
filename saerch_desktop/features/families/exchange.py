"""Families as files for other programs: as a graph (GraphML, GEXF), a table (CSV), or as the paper's app
reads them (JSON); and the paper's file of families brought in.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from saerch_desktop import files
from saerch_desktop.errors import UserError
from saerch_desktop.features.families.family import Family
from saerch_desktop.features.families.family_table import families_table
from saerch_desktop.features.imported import read_families, save_imported, with_roots
from saerch_desktop.features.marks import writing
from saerch_desktop.progress import Progress
from saerch_desktop.tables import write_table

if TYPE_CHECKING:
    from saerch_desktop.features.families.book import FamilyBook
    from saerch_desktop.features.families.pair_counts import PairCounts
    from saerch_desktop.features.feature_set import FeatureSet

Kind = Literal["graphml", "gexf", "json", "csv"]

_NEAREST: Final = 5
_ENDINGS: Final[dict[str, Kind]] = {".graphml": "graphml", ".gexf": "gexf", ".json": "json", ".csv": "csv"}


def kind_of(path: Path) -> Kind:
    """By the file's ending. UserError for one that is not known."""
    kind = _ENDINGS.get(path.suffix.casefold())
    if kind is None:
        raise UserError(
            f"{path.name} ends in none of the known ways.",
            "Nothing was written.",
            "Choose a name that ends in .graphml, .gexf, .json or .csv.",
        )
    return kind


def export_families(
    path: Path,
    book: FamilyBook,
    features: FeatureSet,
    pairs: PairCounts | None = None,
    progress: Progress | None = None,
) -> int:
    """Write the families that are shown, as the file's ending says; how many.

    .graphml, .gexf: families and their members as nodes; edges from a family to its members and its parts,
    and from a more general feature to a more special one; given `pairs`, also between each member and the
    five that it meets most (by NPMI). .json: {root: {"parent": [root, size], "children":
    [[label, feature], …]}}, as the paper's released app reads it. .csv: a line for each member of each
    family. Raises UserError (other endings, the file cannot be written), Cancelled; a former file stays then.
    """
    kind = kind_of(path)
    files.require_outside_libraries(path)
    progress = progress or Progress()
    progress.begin("Writing families", len(book), "families")
    if kind == "csv":
        write_table(path, families_table(features, book), "csv", progress)
        return len(book)
    if kind == "json":
        text = json.dumps(as_paper(book, features), ensure_ascii=False, indent=1)
        data = text.encode("utf-8", "replace") + b"\n"
    else:
        data = _as_xml(family_graph(book, features, pairs), kind)
    progress.check()
    try:
        files.write_bytes(path, data)
    except OSError as error:
        raise files.explain_os_error(error, path) from error
    progress.advance(len(book))
    return len(book)


def import_families(path: Path, features: FeatureSet) -> int:
    """Take in the paper's `clean_families_*.json`, in place of imported ones from before; how many there are.

    UserError when the file is damaged, far too large, or names features that the SAE has not.
    """
    found = read_families(path, features.sae.config.features)
    if not any(family.children for family in found.families):
        raise UserError(
            f"There are no families in {path.name}.",
            "Nothing was changed.",
            "Choose a clean_families file of the paper's app.",
        )
    labels = features.labels
    claims = [claim for feature in range(labels.features) for claim in labels.claims(feature)]
    with writing(features.folder):
        save_imported(features.folder, with_roots(found, claims))
    return len(found.families)


def as_paper(book: FamilyBook, features: FeatureSet) -> dict[str, dict[str, list[Any]]]:
    """The families in the schema of the paper's `clean_families` files.

    A family is called as its root is, since the file knows roots by name only, or by its own name without
    one; the number of the root, or the key, tells two of the same name apart. The size counts the root too.
    """
    text = features.labels.text
    out: dict[str, dict[str, list[Any]]] = {}
    for family in book:
        name = text(family.root) if family.root is not None else book.text(family.key, text)
        if name in out:
            name = f"{name} ({family.key if family.root is None else f'#{family.root}'})"
        while name in out:
            name += "′"
        out[name] = {
            "parent": [name, len(family.members)],
            "children": [[text(child), child] for child in family.children],
        }
    return out


def _about(features: FeatureSet, book: FamilyBook, family: Family) -> dict[str, str | int | float]:
    """What is known of a family, by column; what is not known is left out."""
    name, figures = family.name, family.figures
    about: dict[str, str | int | float | None] = {
        "family": family.key,
        "name": book.text(family.key, features.labels.text),
        "source": name.source if name is not None else None,
        "grade": name.grade if name is not None else "?",
        "auroc": name.detection.auroc if name is not None and name.detection is not None else None,
        "level": family.level,
        "part_of": ";".join(parent for parent in family.parents if parent in book.families) or None,
        "members": len(family.members),
        "density": figures.density,
        "r": figures.r,
        "r_paper": figures.r_paper,
        "inside": figures.inside,
        "block_ratio": figures.block_ratio,
        "stability": figures.stability,
    }
    return {
        column: _figure(value) if isinstance(value, float) else value
        for column, value in about.items()
        if value is not None
    }


def _as_xml(graph: Any, kind: Kind) -> bytes:
    import networkx as nx

    stream = io.BytesIO()
    if kind == "graphml":
        nx.write_graphml_xml(graph, stream)
    else:
        nx.write_gexf(graph, stream)
    return stream.getvalue()


def family_graph(book: FamilyBook, features: FeatureSet, pairs: PairCounts | None = None) -> Any:
    """The families as a networkx DiGraph, with attributes for other programs.

    Nodes: "f12" for feature 12 and a family's key. Kinds of edges: "member" and "part" from a family, with
    weight 1; "general" from one feature to another, with the containment as weight; and, given `pairs`,
    "together" between features (from the lower number), with NPMI as weight.
    """
    import networkx as nx

    graph = nx.DiGraph(name=f"Feature families of {_xml(features.sae.name)}")
    labels, density = features.labels, features.statistics.density
    shown = list(book)
    for family in shown:
        about = _about(features, book, family)
        about["size"] = about.pop("members")
        name = str(about.pop("name"))
        texts = {key: _xml(value) if isinstance(value, str) else value for key, value in about.items()}
        graph.add_node(_xml(family.key), label=_xml(name), kind="family", **texts)
    for feature in sorted({member for family in shown for member in family.members}):
        label = labels.get(feature)
        graph.add_node(
            f"f{feature}",
            label=_xml(labels.text(feature)),
            kind="feature",
            feature=feature,
            density=_figure(float(density[feature])),
            grade=label.grade if label is not None else "?",
        )
    for family in shown:
        for member in family.members:
            role = "root" if member == family.root else "member"
            graph.add_edge(_xml(family.key), f"f{member}", kind="member", role=role, weight=1.0)
        for part in book.parts(family.key):
            graph.add_edge(_xml(family.key), _xml(part.key), kind="part", weight=1.0)
    for link in book.links:
        ends = f"f{link.parent}", f"f{link.child}"
        if ends[0] in graph and ends[1] in graph:
            gain = {"gain": _figure(link.gain)} if link.gain is not None else {}
            graph.add_edge(*ends, kind="general", weight=_figure(link.containment), **gain)
    if pairs is not None:
        covered = {member for family in shown for member in family.members}
        for left, right, weight in _together(pairs, np.array(sorted(covered), np.int64)):
            if not graph.has_edge(f"f{left}", f"f{right}") and not graph.has_edge(f"f{right}", f"f{left}"):
                graph.add_edge(f"f{left}", f"f{right}", kind="together", weight=weight)
    return graph


def _together(pairs: PairCounts, covered: NDArray[np.int64]) -> Iterator[tuple[int, int, float]]:
    """Of each feature the few that it meets most surprisingly often."""
    among = pairs.among(covered)
    weight = among.npmi()
    one, other = np.concatenate((among.left, among.right)), np.concatenate((among.right, among.left))
    order = np.lexsort((other, -np.tile(weight, 2), one))
    place = np.arange(order.size) - np.searchsorted(one[order], one[order], side="left")
    kept = np.zeros(len(among), np.bool_)
    kept[order[place < _NEAREST] % max(1, len(among))] = True
    kept &= weight > 0
    found = among.left[kept].tolist(), among.right[kept].tolist(), weight[kept].tolist()
    return ((left, right, _figure(value)) for left, right, value in zip(*found, strict=True))


def _figure(value: float) -> float:
    return float(f"{value:.6g}") if math.isfinite(value) else 0.0


def _xml(text: str) -> str:
    """Without signs that no XML file can hold, for which its readers would refuse all of it."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(sign for sign in text if _fits_xml(ord(sign)))


def _fits_xml(code: int) -> bool:
    """Char of XML 1.0, without control characters."""
    return 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000

"""Families as a table: a row for each member of each family, with what is known of the family."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from saerch_desktop.tables import Block, Column, Table

if TYPE_CHECKING:
    from saerch_desktop.features.families.book import FamilyBook
    from saerch_desktop.features.families.family import Family
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.progress import Progress

COLUMNS: Final = (
    Column("family", "text", "the family's key"),
    Column("name", "text", "what the family is called"),
    Column("source", "text", "who or what gave that name; unknown where it is its members'"),
    Column("grade", "text", "A to F by the test of the name, ? while untested"),
    Column("auroc", "float", "how well the name finds the family's documents"),
    Column("level", "int", "0 for the broadest"),
    Column("part_of", "texts", "keys of the families it is a part of"),
    Column("members", "int", "number of its features"),
    Column("density", "float", "share of documents where any member is active"),
    Column("r", "float", "overlap of the root with its children over that among the children"),
    Column("r_paper", "float", "the same as the paper's code counts it"),
    Column("inside", "float", "mean overlap of two members"),
    Column("block_ratio", "float", "that over the mean overlap with features outside"),
    Column("stability", "float", "share of members kept when built from resampled documents"),
    Column("feature", "int", "number of a member"),
    Column("feature_name", "text", "what that feature is called"),
    Column("feature_grade", "text", "A to F by the test of its name"),
    Column("feature_density", "float", "share of documents where it is active"),
    Column("role", "text", "root for the most general member, else member"),
)
_AT_ONCE: Final = 2048


def families_table(features: FeatureSet, book: FamilyBook) -> Table:
    """The families shown, broad before narrow; a feature that is in two families has two rows."""
    shown = list(book)

    def blocks(progress: Progress) -> Iterator[Block]:
        held: list[tuple[Any, ...]] = []
        for family in shown:
            held += _rows(features, book, family)
            if len(held) >= _AT_ONCE:
                progress.check()
                yield [list(cells) for cells in zip(*held, strict=True)]
                held = []
        if held:
            yield [list(cells) for cells in zip(*held, strict=True)]

    count = sum(len(family.members) for family in shown)
    return Table(COLUMNS, count, blocks, {"sae": features.sae.name, "method": book.method})


def _rows(features: FeatureSet, book: FamilyBook, family: Family) -> Iterator[tuple[Any, ...]]:
    labels, density = features.labels, features.statistics.density
    name, figures = family.name, family.figures
    tested = name.detection.auroc if name is not None and name.detection is not None else None
    about = (
        family.key,
        book.text(family.key, labels.text),
        name.source if name is not None else None,
        name.grade if name is not None else "?",
        tested,
        family.level,
        [parent for parent in family.parents if parent in book.families],
        len(family.members),
        figures.density,
        figures.r,
        figures.r_paper,
        figures.inside,
        figures.block_ratio,
        figures.stability,
    )
    for member in family.members:
        label = labels.get(member)
        yield (
            *about,
            member,
            labels.text(member),
            label.grade if label is not None else "?",
            float(str(density[member])),  # no digits that single precision does not have
            "root" if member == family.root else "member",
        )

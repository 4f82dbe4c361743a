"""Names of features as a table: every claim of every source, with its test, its making and its fate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from saerch_desktop.tables import Block, Column, Table

if TYPE_CHECKING:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.features.label import Label
    from saerch_desktop.features.labels import Labels
    from saerch_desktop.progress import Progress

COLUMNS: Final = (
    Column("feature", "int", "number of the feature"),
    Column("name", "text", "the name that is claimed"),
    Column("source", "text", "who or what claims it"),
    Column("shown", "bool", "whether it is the name that is shown"),
    Column("rejected", "bool", "whether the analyst turned it down"),
    Column("verified", "bool", "whether it is shown and the analyst accepted it"),
    Column("grade", "text", "A to F by its test, ? while untested"),
    Column("auroc", "float", "how well it finds the feature's documents: 0.5 chance, 1 always"),
    Column("auroc_low", "float", "lower end of its 95 % interval"),
    Column("auroc_high", "float", "upper end of its 95 % interval"),
    Column("positives", "int", "held-out documents with the feature in the test"),
    Column("negatives", "int", "held-out documents without it in the test"),
    Column("judge", "text", "what ranked the documents in the test"),
    Column("pearson", "float", "a language model's predictions against activations: correlation"),
    Column("f1", "float", "a language model's predictions against activations: F1"),
    Column("tests", "int", "documents that those predictions were made for"),
    Column("examples", "int", "documents that the name was made from"),
    Column("alternatives", "texts", "other names of the same source"),
    Column("reasoning", "text", "the source's own grounds"),
    Column("made", "text", "when, ISO time"),
    Column("prompt", "text", "version of the prompts"),
)
_AT_ONCE: Final = 2048


def claims_table(features: FeatureSet) -> Table:
    """A row for each claim about each feature, by feature, the shown one first; those turned down come last.

    Counts its rows at once: milliseconds for 10,000 features.
    """
    labels = features.labels
    count = sum(len(_claims(labels, feature)) for feature in range(labels.features))

    def blocks(progress: Progress) -> Iterator[Block]:
        for start in range(0, labels.features, _AT_ONCE):
            progress.check()
            rows = [
                _row(labels, claim, first=number == 0, out=out)
                for feature in range(start, min(labels.features, start + _AT_ONCE))
                for number, (claim, out) in enumerate(_claims(labels, feature))
            ]
            if rows:
                yield [list(cells) for cells in zip(*rows, strict=True)]

    return Table(COLUMNS, count, blocks, {"sae": features.sae.name, "weights": features.sae.sha256})


def _claims(labels: Labels, feature: int) -> list[tuple[Label, bool]]:
    """What is claimed, and whether it was turned down."""
    standing = labels.claims(feature)
    out = labels.mark(feature).rejected
    fallen = (claim for claim in labels.made(feature) if claim.text in out and claim not in standing)
    return [*((claim, False) for claim in standing), *((claim, True) for claim in fallen)]


def _row(labels: Labels, claim: Label, *, first: bool, out: bool) -> tuple[Any, ...]:
    test, shown = claim.detection, first and not out
    return (
        claim.feature,
        claim.text,
        claim.source,
        shown,
        out,
        shown and labels.mark(claim.feature).verified,
        claim.grade,
        *((None, None, None, None, None, None) if test is None else _test(test)),
        claim.pearson,
        claim.f1,
        claim.tests or None,
        claim.examples or None,
        [other.text for other in claim.alternatives],
        claim.reasoning or None,
        claim.made or None,
        claim.prompt or None,
    )


def _test(test: Any) -> tuple[Any, ...]:
    return test.auroc, test.low, test.high, test.positives, test.negatives, test.judge or None

"""What the answers to questions print: as JSON for machines and as plain lines for people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.cli_report import emit
from saerch_desktop.cli_say import say

if TYPE_CHECKING:
    from saerch_desktop.features.labels import Labels
    from saerch_desktop.features.prediction import Prediction
    from saerch_desktop.workflow.questions import Answer
    from saerch_desktop.workflow.session import Session

_LABEL: Final = 34
_TITLE: Final = 60
_TITLES: Final = 3
_NOTE: Final = (
    "Lift: the share of documents with the feature inside over that outside, with Katz's 95 % interval."
    " q: false discovery rate (Fisher's exact or G-test, Benjamini-Hochberg)."
)


def contrast(session: Session, answer: Answer, top: int, csv: Path | None, *, as_json: bool) -> None:
    """The features most over- and most under-represented, each with documents inside the set."""
    found = answer.contrast
    over, under = found.over(top=top), found.under(top=top)
    if as_json:
        return emit(
            {
                "where": answer.about,
                "against": answer.against,
                "documents_inside": found.documents_inside,
                "documents_outside": found.documents_outside,
                "overlap": found.overlap,
                "without_vector": found.without_vector,
                "significant": int(np.count_nonzero(found.q <= 0.05)),
                "over": [_feature(session, answer, int(feature)) for feature in over],
                "under": [_feature(session, answer, int(feature)) for feature in under],
                "csv": None if csv is None else str(csv),
            }
        )
    say(
        f"{found.documents_inside:,} documents ({answer.about}) against {found.documents_outside:,}"
        f" ({answer.against})."
    )
    if found.overlap:
        say(f"  {found.overlap:,} documents are in both sets and were counted in neither.")
    if found.without_vector:
        say(f"  {found.without_vector:,} documents without a vector were left out.")
    say(f"  {np.count_nonzero(found.q <= 0.05):,} features differ at a false discovery rate of 5 %.")
    for head, features in (("Over-represented", over), ("Under-represented", under)):
        say()
        if not len(features):
            say(f"{head}: none that could not be chance.")
            continue
        _table(session, answer, head, features)
    say()
    say(_NOTE)
    if csv is not None:
        say(f"All features are in {csv}.")
    return None


def prediction(session: Session, found: Prediction, where: str, *, as_json: bool) -> None:
    """The honest score, and for each value of the column the features that carry it."""
    labels = session.required_features().labels
    if as_json:
        return emit(_predicted(found, labels, where))
    say(found.sentence())
    for remark in found.remarks:
        say(f"  Note: {remark}")
    alone = "correlation" if found.kind == "number" else "AUROC"
    for target in found.targets:
        say()
        if target.value:
            say(
                f"{target.value}: {target.documents:,} of {found.used:,} documents,"
                f" AUROC {target.auroc:.2f} [{target.low:.2f}, {target.high:.2f}]"
            )
        say(f"  {'Feature':<{_LABEL + 9}} {'effect':>8} {'alone':>6} {'documents':>10}")
        for part in target.predictors:
            name = _named(labels, part.feature)
            say(f"  {name:<{_LABEL + 9}} {part.coefficient:>+8.2f} {part.alone:>6.2f} {part.documents:>10,}")
    what = f"log(1 + {found.column})" if found.logarithm else found.column
    say()
    say(
        f"effect: change of {what if found.kind == 'number' else 'the log-odds'} when the feature rises from"
        f" 0 to its 95th percentile, the others held. alone: {alone} of the feature by itself, held out."
    )
    return None


def _table(session: Session, answer: Answer, head: str, features: NDArray[np.int64]) -> None:
    found, labels = answer.contrast, answer.features.labels
    say(f"{head:<{_LABEL + 9}} {'in':>7} {'out':>7} {'lift':>6}  {'95 % interval':<15} q")
    for feature in features.tolist():
        say(
            f"{_named(labels, feature):<{_LABEL + 9}} {found.rate_inside[feature]:>7.2%}"
            f" {found.rate_outside[feature]:>7.2%} {_ratio(found.lift[feature]):>6} "
            f" {f'[{_ratio(found.low[feature])}, {_ratio(found.high[feature])}]':<15}"
            f" {tiny(found.q[feature], found.log10_q[feature])}"
        )
        for _, title, activation in _titles(session, answer, feature, _TITLES):
            say(f"      {activation:.2f}  {title[:_TITLE]}")


def tiny(q: float, log10_q: float) -> str:
    """A chance as it can be read, however small: 0.012, 3e-7, 1e-1160."""
    if q >= 0.001:
        return f"{q:.2g}"
    power = int(np.floor(log10_q))
    front = round(10 ** (log10_q - power))
    return f"{front}e{power}" if front < 10 else f"1e{power + 1}"


def _ratio(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def _named(labels: Labels, feature: int) -> str:
    """#12 label (grade), cut to the column's width; a claim always stands with its grade."""
    label = labels.get(feature)
    name = f"#{feature}"
    if label is None:
        return f"{name} (no name)"
    text, grade = label.text, f"({label.grade}, {label.kind})"
    room = _LABEL + 8 - len(name) - len(grade) - 1
    return f"{name} {text if len(text) <= room else text[: room - 1] + '…'} {grade}"


def _titles(session: Session, answer: Answer, feature: int, top: int) -> list[tuple[str, str, float]]:
    documents = session.library.documents
    rows = answer.documents(feature, top)
    found = documents.many([row for row, _ in rows])
    return [
        (document.id, document.title or document.text[:_TITLE], activation)
        for document, (_, activation) in zip(found, rows, strict=True)
    ]


def _feature(session: Session, answer: Answer, feature: int) -> dict[str, Any]:
    found = answer.contrast
    return {
        **_claim(answer.features.labels, feature),
        "inside": int(found.inside[feature]),
        "outside": int(found.outside[feature]),
        "rate_inside": float(found.rate_inside[feature]),
        "rate_outside": float(found.rate_outside[feature]),
        "lift": float(found.lift[feature]),
        "low": float(found.low[feature]),
        "high": float(found.high[feature]),
        "log_odds": float(found.log_odds[feature]),
        "p": float(found.p[feature]),
        "q": float(found.q[feature]),
        "log10_q": float(found.log10_q[feature]),
        "score": float(found.score[feature]),
        "documents": [
            {"id": key, "title": title, "activation": activation}
            for key, title, activation in _titles(session, answer, feature, _TITLES)
        ],
    }


def _claim(labels: Labels, feature: int) -> dict[str, Any]:
    label = labels.get(feature)
    return {
        "feature": feature,
        "label": labels.text(feature),
        "grade": None if label is None else label.grade,
        "source": None if label is None else label.source,
    }


def _predicted(found: Prediction, labels: Labels, where: str) -> dict[str, Any]:
    return {
        "column": found.column,
        "kind": found.kind,
        "where": where,
        "known": found.known,
        "used": found.used,
        "held_out": found.held_out,
        "score": found.score,
        "low": found.low,
        "high": found.high,
        "baseline": found.baseline,
        "error": found.error,
        "baseline_error": found.baseline_error,
        "strength": found.strength,
        "logarithm": found.logarithm,
        "sentence": found.sentence(),
        "remarks": list(found.remarks),
        "targets": [
            {
                "value": target.value,
                "documents": target.documents,
                "auroc": target.auroc,
                "low": target.low,
                "high": target.high,
                "predictors": [
                    {
                        **_claim(labels, part.feature),
                        "coefficient": part.coefficient,
                        "alone": part.alone,
                        "documents": part.documents,
                    }
                    for part in target.predictors
                ],
            }
            for target in found.targets
        ],
    }

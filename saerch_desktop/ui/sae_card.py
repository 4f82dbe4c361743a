"""The card of one SAE: what it is, how it was trained, how good it is, and how it came to be so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from saerch_desktop.ui import theme, wording
from saerch_desktop.ui.facts import Facts, Remarks
from saerch_desktop.ui.form_parts import describe
from saerch_desktop.ui.pass_curve import PassCurve
from saerch_desktop.ui.theme import UNIT

if TYPE_CHECKING:
    from saerch_desktop.sae.details import SaeDetails
    from saerch_desktop.sae.record import RunRecord

VARIANTS = {
    "topk": "TopK: the {k} strongest of each document",
    "batchtopk": "BatchTopK: {k} of a document on average",
    "matryoshka": "Matryoshka: {k} of each document, the first the broadest",
    "hierarchical": "Hierarchical: {k} of each document, or fewer",
}


@dataclass(frozen=True, slots=True)
class SaeCard:
    """What is on disk about an SAE; `run` is None when the course of its training is not known."""

    details: SaeDetails
    run: RunRecord | None


Fact = tuple[str, str, str]


def facts_of(card: SaeCard) -> tuple[Fact, ...]:
    """(name, value, tooltip) in the order shown."""
    return (*_shape(card.details), *_training(card.details), *_quality(card.details))


def _shape(details: SaeDetails) -> Iterator[Fact]:
    sae = details.sae
    yield (
        "Variant",
        VARIANTS[sae.variant].format(k=sae.k),
        "Which features are active in a document, and what the training asked of them",
    )
    yield "Features", wording.count(sae.features), "Directions that it knows"
    yield "Active at a time", str(sae.k), "Features of one document (k)"
    yield "Dimensions", wording.count(sae.dim), "Numbers in one vector"


def _training(details: SaeDetails) -> Iterator[Fact]:
    train, quality = details.train, details.metrics
    made = details.created.replace("T", " ")[:16]
    if train is None:
        yield "Trained", "elsewhere", "Which documents it was trained on is not known here"
        source = details.imported_from
        if source is not None:
            yield "From", f"{source.file} ({source.format})", "The file it was imported from, and its format"
        yield "Imported", made, "Universal time"
        if source is not None and source.unexplained is not None:
            yield (
                "Unexplained",
                f"{wording.share(source.unexplained)} of a sample",
                "Squared error on some of this library’s documents as a share of their spread; it may have "
                "been trained on them",
            )
        return
    over = f" over {wording.documents(quality.n_train)}" if quality is not None else ""
    yield "Passes", f"{train.epochs}{over}", "How often every training document was seen"
    yield "Preset", f"{train.preset}, seed {train.seed}", "The same settings and seed give the same features"
    yield (
        "Learning rate",
        f"{train.learning_rate:.2g} ({train.schedule}), batches of {wording.count(train.batch_size)}",
        "How far each step goes, and how many documents decide its direction",
    )
    yield "Trained", made, "Universal time"
    if details.seconds:
        speed = details.documents_per_second or 0.0
        yield (
            "Took",
            f"{wording.duration(details.seconds)}, {wording.count(round(speed))} documents/s",
            "Encoding and labelling are not counted",
        )


def _quality(details: SaeDetails) -> Iterator[Fact]:
    quality = details.metrics
    if quality is None:
        return
    where = f"{wording.documents(quality.n_heldout)} held out" if quality.n_heldout else "training documents"
    yield (
        "Unexplained",
        f"{wording.share(quality.fvu)} of {where}",
        "Squared error as a share of the documents’ spread; 0 % is perfect",
    )
    for size, fvu in zip(details.sae.levels[:-1], quality.levels[:-1], strict=False):
        name = "first" if details.sae.variant == "matryoshka" else "strongest"
        yield f"… by the {name} {size:,}", wording.share(fvu), "Unexplained when only these are used"
    yield "Active", f"{quality.l0:.1f} features per document", "On average"
    rare = quality.rare_fraction
    yield (
        "Never active",
        wording.share(quality.dead_fraction) + (f", rare {wording.share(rare)}" if rare is not None else ""),
        "Features without any document; rare: with fewer than ten",
    )
    if quality.overlap is not None:
        yield (
            "Neighbours kept",
            f"{wording.share(quality.overlap)} of the ten nearest",
            "How many of a document’s ten nearest stay the same when all are rebuilt from their features",
        )


def remarks_of(card: SaeCard) -> tuple[str, ...]:
    """What deserves attention: alarms of the training, what was changed by hand while it ran, and what an
    import could not carry over.
    """
    source = card.details.imported_from
    run = (*card.run.alarms, *card.run.changes) if card.run is not None else ()
    return (*run, *(source.notes if source is not None else ()))


class SaeCardDialog(QDialog):
    """May stay open while one works."""

    def __init__(self, card: SaeCard, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sae-card")
        self.setWindowTitle(f"About “{card.details.name}”")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        title = QLabel(card.details.name)
        title.setTextFormat(Qt.TextFormat.PlainText)
        theme.set_role(title, "title")
        self.facts = Facts(facts_of(card))
        self.remarks = Remarks(remarks_of(card))
        self.curve = PassCurve()
        passes = card.run.epochs if card.run is not None else ()
        self.curve.set_passes(passes)
        self.curve.setVisible(bool(passes))
        self.unknown = QLabel("The course of its training is not known.")
        theme.set_role(self.unknown, "muted")
        self.unknown.setVisible(not passes)
        left = QVBoxLayout()
        left.setSpacing(3 * UNIT)
        left.addWidget(title)
        left.addWidget(self.facts)
        left.addWidget(self.unknown)
        left.addStretch(1)
        body = QHBoxLayout()
        body.setSpacing(6 * UNIT)
        body.addLayout(left)
        body.addWidget(self.curve, 1)
        box = QDialogButtonBox()
        # Not the standard button: the desktop's own icon on it may be dark on dark.
        close = box.addButton("Close", QDialogButtonBox.ButtonRole.RejectRole)
        describe(close, "Close", "Close this card (Esc)")
        box.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(5 * UNIT, 4 * UNIT, 5 * UNIT, 4 * UNIT)
        layout.setSpacing(4 * UNIT)
        layout.addLayout(body, 1)
        layout.addWidget(self.remarks)
        layout.addWidget(box)
        wide = max((210 if passes else 90) * UNIT, self.sizeHint().width())
        self.resize(wide, layout.totalHeightForWidth(wide))

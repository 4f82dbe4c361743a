"""The report's last pages: cards of the library, its vectors and its SAE, and what the figures mean."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from saerch_desktop.errors import UserError
from saerch_desktop.workflow.html_charts import course
from saerch_desktop.workflow.html_page import Markup, cell, facts, joined, table, tag

if TYPE_CHECKING:
    from saerch_desktop.sae.details import SaeDetails
    from saerch_desktop.sae.record import RunRecord
    from saerch_desktop.workflow.session import Session

_METHOD: Final = (
    "A sparse autoencoder (SAE) learns to rebuild the vectors of the documents from a few features each, out "
    "of many. A feature is a direction in the space of the vectors; how active it is in a document says how "
    "much of it the document has (arXiv 2408.00657).",
    "A search compares the vector of the query with those of all documents. Changing a feature adds so much "
    "of its direction to the query’s vector and leaves everything else of the query as it was; without a "
    "change the list is exactly that of plain search. What each change added to a document’s score is its "
    "contribution; the contributions of a document add up to the change of its score.",
    "A feature’s name is a claim. Its grade comes from documents that had no part in making it: the AUROC "
    "says how often the name ranks a document with the feature above a similar one without it. A: at least "
    "0.95, B 0.90, C 0.80, D 0.70, E 0.60, F below or not better than chance, ? not tested.",
    "A family is a group of features that are active in the same documents. R compares how much its most "
    "general member overlaps with the others to how much these overlap among themselves.",
)


def made_section(session: Session) -> Markup:
    """Cards: the library, its vectors, the SAE and its training."""
    manifest = session.library.manifest
    record = manifest.vectors
    parts = [
        tag("h3", "Documents"),
        facts(
            (
                ("Library", manifest.name),
                ("Documents", f"{manifest.documents:,}"),
                ("Made", manifest.created[:10]),
            )
        ),
    ]
    if record is not None:
        embedder = record.embedder
        # Where a model lies on the computer that wrote this is nobody's business.
        name = PurePath(embedder.name).name if embedder.kind == "folder" else embedder.name
        parts += [
            tag("h3", "Vectors"),
            facts(
                (
                    ("Made by", f"{name} ({embedder.kind})"),
                    ("Numbers each", f"{record.dim:,}"),
                    ("Texts without a vector", f"{len(record.missing):,}" if record.missing else ""),
                    ("SHA-256", tag("code", record.sha256)),
                )
            ),
        ]
    if session.features is not None:
        parts += _sae(session, session.features.sae.name)
    return joined(parts)


def method_section(session: Session) -> Markup:
    return joined(
        tag("p", sentence) for sentence in (_METHOD if session.features is not None else _METHOD[1:2])
    )


def _sae(session: Session, name: str) -> list[Markup]:
    from saerch_desktop.sae.record import load_run
    from saerch_desktop.sae.weights import load_details

    folder = session.library.sae_folder(name)
    details = load_details(folder)
    try:
        run = load_run(folder)
    except UserError:  # its course cannot be read; all else can
        run = None
    parts = [tag("h3", f"SAE “{name}”"), facts(_card(details))]
    if run is not None:
        parts += _run(run)
    return parts


def _card(details: SaeDetails) -> list[tuple[str, object]]:
    sae, train, quality = details.sae, details.train, details.metrics
    found: list[tuple[str, object]] = [
        ("Features", f"{sae.features:,}, {sae.k} active in a document ({sae.variant})"),
        ("Made", details.created[:16].replace("T", " ")),
    ]
    if train is not None:
        found += [
            ("Passes", f"{train.epochs:,}"),
            ("Settings", f"{train.preset}, seed {train.seed}"),
            (
                "Learning rate",
                f"{train.learning_rate:.2g} ({train.schedule}), batches of {train.batch_size:,}",
            ),
        ]
    if details.imported_from is not None:
        found.append(("From", f"{details.imported_from.file} ({details.imported_from.format})"))
    if quality is not None:
        where = f"{quality.n_heldout:,} held-out documents" if quality.n_heldout else "training documents"
        found += [
            ("Unexplained", f"{quality.fvu:.2%} of {where}"),
            ("Active", f"{quality.l0:.1f} features per document"),
            ("Never active", f"{quality.dead_fraction:.2%} of the features"),
        ]
        if quality.overlap is not None:
            found.append(("Neighbours kept", f"{quality.overlap:.1%} of the ten nearest"))
    if details.seconds:
        found.append(("Training took", f"{details.seconds:,.0f} s"))
    found.append(("SHA-256", tag("code", details.sha256)))
    return found


def _run(run: RunRecord) -> list[Markup]:
    parts = []
    judged = [epoch for epoch in run.epochs if epoch.fvu is not None]
    if len(judged) > 1:
        parts += [
            tag("p", "Unexplained share of held-out documents after each pass:", class_="muted"),
            course([epoch.fvu for epoch in judged if epoch.fvu is not None], "Unexplained share"),
            tag(
                "details",
                tag("summary", "The same as a table"),
                table(
                    (
                        ("Pass", "n", ""),
                        ("Unexplained", "n", "Squared error as a share of the documents’ spread"),
                        ("Never active", "n", "Features that fired for no document of the pass"),
                    ),
                    (
                        (
                            cell(f"{epoch.epoch:,}", "n", epoch.epoch),
                            cell(f"{epoch.fvu:.4f}", "n", epoch.fvu),
                            cell(f"{epoch.dead:,}", "n", epoch.dead),
                        )
                        for epoch in judged
                    ),
                ),
            ),
        ]
    remarks = (*run.alarms, *run.changes)
    if remarks:
        parts += [
            tag("p", "Worth knowing of its training:"),
            tag("ul", *(tag("li", said) for said in remarks)),
        ]
    return parts

"""The values that commands print, as plain dictionaries. Their keys are an interface: add, never rename."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from saerch_desktop.errors import UserError

if TYPE_CHECKING:
    from saerch_desktop.features.card import Band, RelatedByUse
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.features.label import Label
    from saerch_desktop.library.documents import KeywordHit
    from saerch_desktop.library.importing import ImportReport
    from saerch_desktop.library.library import Library
    from saerch_desktop.search.steering import Ranking, Term
    from saerch_desktop.workflow.session import Session

RESIDUAL = "residual dropped"  # what paper mode loses, as a contribution of its own


def plain(value: Any) -> dict[str, Any]:
    """A dataclass of plain fields as a dictionary."""
    return {key: str(item) if isinstance(item, Path) else item for key, item in asdict(value).items()}


def imported(library: Path, done: ImportReport) -> dict[str, Any]:
    return {"library": str(library), **plain(done)}


def roles_in_words(roles: Any) -> str:
    parts = [
        f"{role} = {', '.join(columns) if isinstance(columns, tuple) else columns}"
        for role, columns in asdict(roles).items()
        if columns
    ]
    return "; ".join(parts)


def search(session: Session, ranking: Ranking, skipped: int = 0) -> dict[str, Any]:
    """`{"query", "mode", "edits", "results", "features"}`, and "families" where some are moved; per result
    the contributions sum to its change of score. skipped: how many results come before these.
    """
    rows = [int(row) for row in ranking.rows]
    documents = session.library.documents
    ids, titles = documents.ids(rows), documents.titles(rows)
    names = ranking.contribution_features
    parts = [_part(session.features, name) for name in names]
    query = ranking.query
    return {
        "query": query.text,
        "mode": ranking.mode,
        "edits": [
            {"feature": edit.feature, "label": label_of(session.features, edit.feature), "delta": edit.delta}
            for edit in ranking.edits
        ],
        **_families(ranking),
        "results": [
            {
                "rank": skipped + place + 1,
                "id": ids[place],
                "title": titles[place],
                "score": float(ranking.scores[place]),
                "rank_before": int(ranking.rank_before[place]),
                "contributions": [
                    {**part, "value": float(value)}
                    for part, value in zip(parts, ranking.contributions[place], strict=True)
                ],
            }
            for place in range(len(rows))
        ],
        "features": _active(session.features, query.indices, query.values),
    }


def word_hits(opened: Library, query: str, hits: Sequence[KeywordHit], skipped: int = 0) -> dict[str, Any]:
    """The shape of `search`, for documents found by words: no features, and nothing was ranked before."""
    rows = [hit.row for hit in hits]
    ids, titles = opened.documents.ids(rows), opened.documents.titles(rows)
    results = [
        {
            "rank": skipped + place + 1,
            "id": ids[place],
            "title": titles[place],
            "score": hit.score,
            "rank_before": skipped + place + 1,
            "contributions": [],
        }
        for place, hit in enumerate(hits)
    ]
    return {"query": query, "mode": "words", "edits": [], "results": results, "features": []}


def _families(ranking: Ranking) -> dict[str, Any]:
    """The families that were moved, with what amount 1 adds to each of their features."""
    if not ranking.blends:
        return {}
    entries = [
        {
            "family": edit.blend.key,
            "label": edit.blend.name,
            "amount": edit.amount,
            "features": list(edit.blend.features),
            "weights": list(edit.blend.weights),
        }
        for edit in ranking.blends
    ]
    return {"families": entries}


def _part(features: FeatureSet | None, term: Term | None) -> dict[str, Any]:
    """What a contribution is of: a feature, a family, or neither for what features do not explain."""
    if term is None or isinstance(term, int):
        label = RESIDUAL if term is None else label_of(features, term)
        return {"feature": term, "label": label}
    return {"feature": None, "family": term.key, "label": term.name}


def library(opened: Library) -> dict[str, Any]:
    from saerch_desktop.sae.weights import load_details
    from saerch_desktop.search import hnsw

    manifest = opened.manifest
    vectors = manifest.vectors
    saes = []
    for name, record in manifest.saes.items():
        try:
            metrics = load_details(opened.sae_folder(name)).metrics
        except UserError:
            metrics = None
        fvu = metrics.fvu if metrics is not None else None
        saes.append({"name": name, "features": record.features, "k": record.k, "fvu": fvu})
    index, _ = hnsw.stored(opened)  # described, not loaded: it can be gigabytes
    return {
        "name": manifest.name,
        "path": str(opened.path),
        "created": manifest.created,
        "schema_version": manifest.schema_version,
        "documents": len(opened.documents),
        "source": manifest.source,
        "vectors": None
        if vectors is None
        else {
            "rows": vectors.rows,
            "dim": vectors.dim,
            "dtype": vectors.dtype,
            "embedder": vectors.embedder.spec,
            "missing": len(vectors.missing),
        },
        "saes": saes,
        "index": None if index is None else {"recall_at_10": index.recall_at_10},
        "facets": opened.documents.facet_names(),
        "problems": [plain(problem) for problem in opened.documents.problems()],
        "findings": [plain(finding) for finding in opened.findings],
    }


def feature(
    session: Session, number: int, top: int, seed: int = 0, examples: Path | None = None
) -> dict[str, Any]:
    """Everything about a feature; `examples` names a file that its bands are written to."""
    from saerch_desktop.features.band_files import example_rows, save_examples
    from saerch_desktop.features.occurrence import activity

    documents = session.library.documents
    features = session.required_features()
    card = features.card(number, documents, top, session.library.vectors, seed)
    if examples is not None:
        save_examples(examples, example_rows(features, documents, number, card.bands, seed))
    ids = documents.ids([entry.row for entry in card.top])
    label = card.label
    active = activity(features, session.columns(), number)
    return {
        "feature": card.feature,
        "label": card.text,
        "source": label.source if label is not None else None,
        "score": label.detection.auroc if label is not None and label.detection is not None else None,
        "grade": label.grade if label is not None else "?",
        "examples": label.examples if label is not None else 0,
        "count": card.count,
        "density": card.density,
        "mean": card.mean,
        "maximum": card.maximum,
        "histogram": {"edges": card.histogram_edges.tolist(), "counts": card.histogram_counts.tolist()},
        "documents": [
            {"id": name, "title": entry.title, "activation": entry.activation}
            for name, entry in zip(ids, card.top, strict=True)
        ],
        "nearest": [{"feature": e.feature, "label": e.text, "cosine": e.cosine} for e in card.nearest],
        "opposite": [{"feature": e.feature, "label": e.text, "cosine": e.cosine} for e in card.opposite],
        "cooccurring": [_by_use(entry) for entry in card.cooccurring],
        "rarely_with": [_by_use(entry) for entry in card.rarely],
        "counted": card.counted,
        "estimated": card.estimated,
        "claims": [_claim(claim) for claim in card.claims],
        "verified": card.mark.verified,
        "flagged": card.mark.flagged,
        "pinned": card.mark.pinned,
        "tags": list(card.mark.tags),
        "note": card.mark.note,
        "cohesion": card.cohesion,
        "junk": card.junk,
        "seed": seed,
        "examples_file": str(examples) if examples is not None else None,
        "bands": [_band(band, documents.ids([entry.row for entry in band.documents])) for band in card.bands],
        "years": [asdict(year) for year in active.years],
        "undated": active.undated,
        "facets": {name: [asdict(value) for value in values] for name, values in active.facets.items()},
        **_elsewhere(features, number),
    }


def _by_use(entry: RelatedByUse) -> dict[str, Any]:
    found = entry.cooccurrence
    return {
        "feature": entry.feature,
        "label": entry.text,
        "count": found.count,
        "lift": found.lift,
        "npmi": found.npmi,
        "expected": found.expected,
        "q": found.q,
    }


def _claim(claim: Label) -> dict[str, Any]:
    """What one source says of a feature; the test's figures are null while it is untested."""
    test = claim.detection
    return {
        "label": claim.text,
        "source": claim.source,
        "grade": claim.grade,
        "auroc": test.auroc if test is not None else None,
        "low": test.low if test is not None else None,
        "high": test.high if test is not None else None,
        "positives": test.positives if test is not None else 0,
        "negatives": test.negatives if test is not None else 0,
        "judge": test.judge if test is not None else None,
        "pearson": claim.pearson,
        "f1": claim.f1,
        "examples": claim.examples,
        "reasoning": claim.reasoning,
        "made": claim.made,
    }


def _band(band: Band, ids: Sequence[str]) -> dict[str, Any]:
    return {
        "band": band.name,
        "title": band.title,
        "low": band.low,
        "high": band.high,
        "count": band.count,
        "documents": [
            {"id": name, "title": entry.title, "activation": entry.activation}
            for name, entry in zip(ids, band.documents, strict=True)
        ],
    }


def _elsewhere(features: FeatureSet, number: int) -> dict[str, Any]:
    """The nearest feature of each other SAE of the library."""
    found = features.siblings.of(number) if features.siblings is not None else None
    if found is None:
        return {"seed_stability": None, "also_in": []}
    return {
        "seed_stability": found.seed_stability,
        "also_in": [asdict(other) for other in (*found.seeds, *found.others)],
    }


def document(session: Session, row: int) -> dict[str, Any]:
    found = session.library.documents.get(row)
    features = session.features
    active: list[dict[str, Any]] = []
    if features is not None:
        active = _active(features, features.codes.indices[row], features.codes.values[row])
    return {
        "id": found.id,
        "row": found.row,
        "title": found.title,
        "text": found.text,
        "date": found.date,
        "facets": [{"name": name, "value": value} for name, value in found.facets],
        "metadata": found.metadata,
        "features": active,
    }


def _active(features: FeatureSet | None, indices: Any, activations: Any) -> list[dict[str, Any]]:
    return [
        {"feature": int(number), "label": label_of(features, int(number)), "activation": float(activation)}
        for number, activation in zip(indices, activations, strict=True)
        if activation > 0
    ]


def label_of(features: FeatureSet | None, number: int) -> str:
    return f"#{number}" if features is None else features.labels.text(number)

"""The trainings of a library beside each other, from what each wrote down; nothing is measured anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from saerch_desktop.errors import UserError

if TYPE_CHECKING:
    from saerch_desktop.library.library import Library
    from saerch_desktop.sae.details import SaeDetails
    from saerch_desktop.sae.record import RunRecord


@dataclass(frozen=True, slots=True)
class Run:
    """One autoencoder's training. fvu, rare_fraction and overlap are of documents held out, None where that
    is not known; dead_fraction is of the whole corpus. passes: over the training documents. seconds: of
    training. record: its passes, None for autoencoders trained elsewhere or by an older version. notes:
    alarms of the training, and what could not be read. vectors: fingerprint of the vectors it was trained
    on, "" when unknown.
    """

    details: SaeDetails
    record: RunRecord | None
    notes: tuple[str, ...] = ()
    vectors: str = ""

    @property
    def sae(self) -> str:
        return self.details.name

    @property
    def features(self) -> int:
        return self.details.sae.features

    @property
    def k(self) -> int:
        return self.details.sae.k

    @property
    def passes(self) -> int | None:
        return self.details.train.epochs if self.details.train is not None else None

    @property
    def fvu(self) -> float | None:
        metrics = self.details.metrics
        return metrics.fvu if metrics is not None and metrics.n_heldout > 0 else None

    def as_dict(self) -> dict[str, Any]:
        """The figures to compare, without the single passes."""
        train, metrics = self.details.train, self.details.metrics
        return {
            "sae": self.sae,
            "variant": self.details.sae.variant,
            "preset": train.preset if train is not None else None,
            "features": self.features,
            "k": self.k,
            "passes": self.passes,
            "seed": train.seed if train is not None else None,
            "fvu": self.fvu,
            "l0": metrics.l0 if metrics is not None else None,
            "dead_fraction": metrics.dead_fraction if metrics is not None else None,
            "rare_fraction": metrics.rare_fraction if metrics is not None else None,
            "overlap": metrics.overlap if metrics is not None else None,
            "documents_per_second": self.details.documents_per_second,
            "seconds": self.details.seconds,
            "notes": list(self.notes),
        }


def compare(library: Library, names: Sequence[str] | None = None) -> tuple[Run, ...]:
    """The named SAEs (default: all) in that order. Reads `sae.json` and `run.json` of each, no weights.

    An SAE that cannot be read is an error when it was named, and otherwise left out; a damaged `run.json`
    becomes a note. Raises UserError.
    """
    from saerch_desktop.sae.weights import load_details

    found = []
    for name in library.sae_names() if names is None else names:
        try:
            details = load_details(library.sae_folder(name))
        except UserError:
            if names is not None:
                raise
            continue  # opening the library has said so
        found.append(_run(library, name, details))
    return tuple(found)


def _run(library: Library, name: str, details: SaeDetails) -> Run:
    from saerch_desktop.sae.record import load_run

    # The folder is the name; what the file says may be from before the folder was renamed.
    details = details.model_copy(update={"name": name})
    vectors = library.manifest.saes[name].vectors
    try:
        record = load_run(library.sae_folder(name))
    except UserError as error:
        return Run(details, None, (str(error),), vectors)
    return Run(details, record, record.alarms if record is not None else (), vectors)

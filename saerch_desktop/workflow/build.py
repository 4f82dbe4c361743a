"""From vectors to a searchable SAE: train, encode, index, label, record; and mend what is missing."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.library.library import Library
    from saerch_desktop.library.vectors import Vectors
    from saerch_desktop.sae.config import TrainConfig
    from saerch_desktop.sae.details import SaeDetails

DEFAULT_PRESET: Final = "balanced"
# The stages as the rooms name them, so that a job knows its place from the start.
TRAINING_STAGES: Final = ("Reading vectors", "Training", "Measuring")
FINISHING_STAGES: Final = (
    "Encoding documents",
    "Counting activations",
    "Indexing features",
    "Reading phrases",
    "Labelling features",
)
INDEXING_STAGES: Final = ("Indexing neighbours", "Measuring recall")
_UNCHANGED: Final = "Nothing was changed."


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user asked of a training; None means: as the preset has it."""

    preset: str = DEFAULT_PRESET
    features: int | None = None
    k: int | None = None
    epochs: int | None = None
    seed: int = 0
    device: str = "auto"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a training would do: its configuration, and how many documents it would train on."""

    config: TrainConfig
    documents: int


@dataclass(frozen=True, slots=True)
class Built:
    """A finished SAE, what is known about it, and how long the whole job took."""

    name: str
    details: SaeDetails
    seconds: float


def planned(path: Path, name: str, wishes: Wishes, *, resume: bool = False) -> Plan:
    """What `train_sae` would train, without training it. Raises the UserErrors that it would begin with."""
    from saerch_desktop.library.library import Library
    from saerch_desktop.sae.split import training_rows

    with Library.open(path) as library:
        config = _configuration(library, name, wishes, resume=resume)
        return Plan(config, len(training_rows(_vectors(library), config)))


def train_sae(path: Path, name: str, wishes: Wishes, progress: Progress, *, resume: bool = False) -> Built:
    """Train the SAE `name` on the library's vectors and make it searchable.

    The library lists it once its codes are whole. A cancelled or killed training leaves its state in the
    SAE's own folder and goes on with `resume`. Raises UserError (name taken, nothing to resume, no vectors,
    library being written elsewhere) and Cancelled.
    """
    from saerch_desktop.library.library import Library

    with Library.open(path, write=True) as library:
        _configuration(library, name, wishes, resume=resume)  # refuses before a stage is shown
        progress.plan(
            [*TRAINING_STAGES, *FINISHING_STAGES, *([] if is_indexed(library) else INDEXING_STAGES)]
        )
        return train_into(library, name, wishes, progress, resume=resume)


def train_into(
    library: Library, name: str, wishes: Wishes, progress: Progress, *, resume: bool = False
) -> Built:
    """The same as `train_sae` for a library that is open for writing, as a part of a larger job."""
    from saerch_desktop.sae import trainer

    began = time.monotonic()
    config = _configuration(library, name, wishes, resume=resume)
    folder = library.new_sae_folder(name)
    details = trained(folder) if resume else None
    if details is None:
        trainer.train(_vectors(library), config, folder, progress, resume=resume)
        details = trained(folder)
        assert details is not None
    finish_sae(library, name, progress)
    index_neighbours(library, progress)
    return Built(name, details, time.monotonic() - began)


def finish_sae(library: Library, name: str, progress: Progress) -> None:
    """Make whatever is still missing of a trained SAE: codes, its entry in the library, index, statistics,
    labels.

    Quick when nothing is. Needs a library open for writing. Raises UserError (weights damaged, no vectors),
    Cancelled.
    """
    from saerch_desktop.features.feature_set import FeatureSet, build_features
    from saerch_desktop.sae.codes import INDICES_FILE, VALUES_FILE, encode_corpus
    from saerch_desktop.sae.weights import DETAILS_FILE, WEIGHTS_FILE

    folder = library.new_sae_folder(name)
    known = library.manifest.saes.get(name)
    codes = (INDICES_FILE, VALUES_FILE)
    if known is None or not _sound(library, name, codes):
        encode_corpus(folder, _vectors(library), progress)
        _record(library, name, (DETAILS_FILE, WEIGHTS_FILE, *codes))
    with contextlib.suppress(UserError):
        if _all_sound(library, name):
            FeatureSet.open(library, name)
            return
    build_features(library, name, progress)


def is_complete(library: Library, name: str) -> bool:
    """Whether the library lists an SAE of this name with all its files, undamaged as far as a quick look
    tells.
    """
    from saerch_desktop.sae.weights import DETAILS_FILE, WEIGHTS_FILE

    if library.vectors is None or name not in library.manifest.saes:
        return False
    return _sound(library, name, (DETAILS_FILE, WEIGHTS_FILE)) and _all_sound(library, name)


def index_neighbours(library: Library, progress: Progress) -> None:
    """Build the HNSW index of the library's vectors when there is none that fits them."""
    from saerch_desktop.search import hnsw

    if not is_indexed(library):
        hnsw.build(library, progress)


def is_indexed(library: Library) -> bool:
    """Whether a sound HNSW index of the present vectors is there."""
    from saerch_desktop.search import hnsw

    return hnsw.load(library)[0] is not None


def trained(folder: Path) -> SaeDetails | None:
    """What is known about the finished training in an SAE's folder; None while there is none, or it is
    unfinished.
    """
    from saerch_desktop.sae.weights import load_details

    if unfinished(folder) is not None:
        return None
    try:
        return load_details(folder)
    except UserError:
        return None


def unfinished(folder: Path) -> TrainConfig | None:
    """The configuration of the interrupted training in an SAE's folder, or None."""
    from saerch_desktop.sae import checkpoint

    return checkpoint.unfinished(folder)


def _configuration(library: Library, name: str, wishes: Wishes, *, resume: bool) -> TrainConfig:
    from saerch_desktop.library.manifest import SAES_FOLDER, is_safe_name
    from saerch_desktop.sae.presets import plan

    if not is_safe_name(name):
        library.new_sae_folder(name)  # makes nothing of such a name, and says so
    folder = library.path / SAES_FOLDER / name
    pending = unfinished(folder)
    done = trained(folder)
    if resume:
        return _resumed(name, wishes, pending, done)
    if name in library.manifest.saes:
        raise UserError(f"There already is an SAE called “{name}”.", _UNCHANGED, "Choose another name.")
    if pending is not None or done is not None:
        raise UserError(
            f"A training called “{name}” was interrupted.",
            "Its progress is kept.",
            "Resume it (on the command line: --resume), or choose another name.",
        )
    vectors = _vectors(library)
    return plan(
        wishes.preset,
        int(vectors.rows - len(vectors.missing)),
        vectors.dim,
        features=wishes.features,
        k=wishes.k,
        epochs=wishes.epochs,
        seed=wishes.seed,
        device=wishes.device,
    )


def _resumed(name: str, wishes: Wishes, pending: TrainConfig | None, done: SaeDetails | None) -> TrainConfig:
    config = pending or (done.train if done is not None else None)
    if config is None:
        raise UserError(
            f"There is no interrupted training called “{name}”.", _UNCHANGED, "Start it without resuming."
        )
    asked = (wishes.features, wishes.k, wishes.epochs)
    has = (config.sae.features, config.sae.k, config.epochs)
    if any(wish is not None and wish != value for wish, value in zip(asked, has, strict=True)):
        raise UserError(
            f"“{name}” was started with {has[0]:,} features, k {has[1]} and {has[2]} epochs, not with these.",
            "Its progress is kept.",
            "Resume it without these settings, or start another one under another name.",
        )
    return config.model_copy(update={"device": wishes.device})


def _vectors(library: Library) -> Vectors:
    vectors = library.vectors
    if vectors is None:
        raise UserError(
            "This library has no usable vectors.",
            "An SAE is trained on vectors; nothing was changed.",
            "Embed the documents first.",
        )
    return vectors


def _record(library: Library, name: str, files: tuple[str, ...]) -> None:
    """List the SAE with these files only: whatever came from older codes is not vouched for."""
    from saerch_desktop.library.manifest import FileRecord, SaeRecord
    from saerch_desktop.sae.weights import load_details

    folder = library.new_sae_folder(name)
    sae = load_details(folder).sae
    vectors = library.manifest.vectors
    library.record_sae(
        SaeRecord(
            name=name,
            features=sae.features,
            k=sae.k,
            files={file: FileRecord.of(folder / file) for file in files},
            vectors=vectors.fingerprint if vectors is not None else "",
        )
    )


def _sound(library: Library, name: str, files: tuple[str, ...]) -> bool:
    """Whether these files are listed, there, and as they were written, as far as a quick look tells."""
    listed = library.manifest.saes[name].files
    folder = library.sae_folder(name)
    return all(file in listed and listed[file].complaint(folder / file) is None for file in files)


def _all_sound(library: Library, name: str) -> bool:
    from saerch_desktop.features.feature_set import DERIVED_FILES

    return _sound(library, name, DERIVED_FILES)

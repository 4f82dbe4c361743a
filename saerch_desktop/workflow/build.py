"""From vectors to a searchable SAE: train, encode, index, label, record; and mend what is missing."""

from __future__ import annotations

import contextlib
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.library.library import Library
    from saerch_desktop.library.vectors import Vectors
    from saerch_desktop.sae.config import Keep, TrainConfig, Variant
    from saerch_desktop.sae.details import SaeDetails
    from saerch_desktop.sae.peers import Peers
    from saerch_desktop.sae.presets import RecipeChoice
    from saerch_desktop.sae.watching import Watch

DEFAULT_PRESET: Final = "balanced"
# The stages as the rooms name them, so that a job knows its place from the start.
TRAINING_STAGES: Final = ("Reading vectors", "Training", "Measuring")
FINISHING_STAGES: Final = (
    "Encoding documents",
    "Counting activations",
    "Indexing features",
    "Measuring cohesion",
    "Finding near misses",
    "Reading phrases",
    "Collecting phrases",
    "Placing phrases",
    "Labelling features",
    "Placing labels",
    "Testing labels",
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
    variant: Variant | None = None
    recipe: RecipeChoice | None = None
    heldout: float | None = None  # share of the documents
    keep: Keep | None = None
    rate: float = 1.0  # times the learning rate
    auxiliary: float = 1.0  # times AuxK's number of features and its weight


@dataclass(frozen=True, slots=True)
class Built:
    """A finished SAE, what is known about it, how long the whole job took, and what was noticed meanwhile."""

    name: str
    details: SaeDetails
    seconds: float
    alarms: tuple[str, ...] = ()


def train_sae(
    path: Path,
    name: str,
    wishes: Wishes,
    progress: Progress,
    *,
    resume: bool = False,
    peers: Peers | None = None,
) -> Built:
    """Train the SAE `name` on the library's vectors and make it searchable.

    The library lists it once its codes are whole. A cancelled or killed training leaves its state in the
    SAE's own folder and goes on with `resume`. With `peers` this is process 0 of several; the others call
    `join_training`. Raises UserError (name taken, nothing to resume, no vectors, library being written
    elsewhere) and Cancelled.
    """
    from saerch_desktop.library.library import Library

    with Library.open(path, write=True) as library:
        configuration(library, name, wishes, resume=resume)  # refuses before a stage is shown
        progress.plan(
            [*TRAINING_STAGES, *FINISHING_STAGES, *([] if is_indexed(library) else INDEXING_STAGES)]
        )
        return train_into(library, name, wishes, progress, resume=resume, peers=peers)


def train_into(
    library: Library,
    name: str,
    wishes: Wishes,
    progress: Progress,
    *,
    resume: bool = False,
    peers: Peers | None = None,
) -> Built:
    """The same as `train_sae` for a library that is open for writing, as a part of a larger job."""
    began = time.monotonic()
    details = train_weights(library, name, wishes, progress, resume=resume, peers=peers)
    finish_sae(library, name, progress)
    index_neighbours(library, progress)
    return Built(name, details, time.monotonic() - began, alarms_of(library.new_sae_folder(name)))


def train_weights(
    library: Library,
    name: str,
    wishes: Wishes,
    progress: Progress,
    *,
    resume: bool = False,
    peers: Peers | None = None,
    watch: Watch | None = None,
) -> SaeDetails:
    """Train the SAE `name` into its folder and no more: it is not encoded, and not listed by the library.

    Raises what `train_into` raises, and Discarded where `watch` says so.
    """
    from saerch_desktop.sae import trainer
    from saerch_desktop.sae.peers import Peers

    peers = peers or Peers()
    config = configuration(library, name, wishes, resume=resume)
    folder = library.new_sae_folder(name)
    details = trained(folder) if resume else None
    peers.spread_text(_order(config, resume=resume) if details is None else "")
    if details is None:
        vectors = required_vectors(library)
        trainer.train(vectors, config, folder, progress, resume=resume, peers=peers, watch=watch)
        details = trained(folder)
        assert details is not None
    return details


def join_training(path: Path, name: str, progress: Progress, peers: Peers) -> None:
    """Compute a share of the training that process 0 leads with `train_sae`; writes nothing.

    What is trained comes from process 0, so that all of them do the same. UserError, Cancelled.
    """
    from saerch_desktop.library.library import Library
    from saerch_desktop.library.manifest import SAES_FOLDER
    from saerch_desktop.sae import trainer
    from saerch_desktop.sae.config import TrainConfig

    order = peers.spread_text("")
    if not order:
        return
    told = json.loads(order)
    config = TrainConfig.model_validate(told["config"])
    with Library.open(path) as library:
        folder = library.path / SAES_FOLDER / name
        trainer.train(required_vectors(library), config, folder, progress, resume=told["resume"], peers=peers)


def _order(config: TrainConfig, *, resume: bool) -> str:
    return json.dumps({"config": config.model_dump(mode="json"), "resume": resume})


def finish_sae(
    library: Library, name: str, progress: Progress, *, device: str = "auto", labels: bool = True
) -> None:
    """Make whatever is still missing of a trained SAE: codes, its entry in the library, index, statistics,
    labels (unless these are for later).

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
        encode_corpus(folder, required_vectors(library), progress, device=device)
        list_sae(library, name, (DETAILS_FILE, WEIGHTS_FILE, *codes))
    with contextlib.suppress(UserError):
        if _all_sound(library, name):
            FeatureSet.open(library, name)
            return
    build_features(library, name, progress, labels=labels)


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


def alarms_of(folder: Path) -> tuple[str, ...]:
    """What was noticed while the SAE in this folder was trained, in sentences; () when nothing is known."""
    from saerch_desktop.sae.record import load_run

    try:
        record = load_run(folder)
    except UserError:
        return ()
    return record.alarms if record is not None else ()


def unfinished(folder: Path) -> TrainConfig | None:
    """The configuration of the interrupted training in an SAE's folder, or None."""
    from saerch_desktop.sae import checkpoint

    return checkpoint.unfinished(folder)


def resumable(folder: Path) -> TrainConfig | None:
    """The configuration of the training in an SAE's folder that was interrupted, or is trained but not listed
    yet; None when there is none, as after an interrupted import.
    """
    done = trained(folder)
    return unfinished(folder) or (done.train if done is not None else None)


def configuration(library: Library, name: str, wishes: Wishes, *, resume: bool) -> TrainConfig:
    """What a training called `name` would train. The UserErrors that it would begin with."""
    from saerch_desktop.library.manifest import SAES_FOLDER, is_safe_name

    if not is_safe_name(name):
        library.new_sae_folder(name)  # makes nothing of such a name, and says so
    folder = library.path / SAES_FOLDER / name
    if resume:
        return _resumed(name, wishes, resumable(folder))
    if name in library.manifest.saes:
        raise UserError(f"There already is an SAE called “{name}”.", _UNCHANGED, "Choose another name.")
    if unfinished(folder) is not None or trained(folder) is not None:
        raise UserError(
            f"A training called “{name}” was interrupted.",
            "Its progress is kept.",
            "Resume it (on the command line: --resume), or choose another name.",
        )
    return configured(wishes, *usable_vectors(library))


def configured(wishes: Wishes, documents: int, dim: int) -> TrainConfig:
    """What the wishes mean for so many vectors of that length. UserError where they do not fit together."""
    from saerch_desktop.sae.presets import plan
    from saerch_desktop.sae.remedies import with_changes

    config = plan(
        wishes.preset,
        documents,
        dim,
        features=wishes.features,
        k=wishes.k,
        epochs=wishes.epochs,
        seed=wishes.seed,
        device=wishes.device,
        variant=wishes.variant or "topk",
        recipe=wishes.recipe,
    )
    config = with_changes(config, rate=wishes.rate, auxiliary=wishes.auxiliary)
    return config.model_copy(
        update={
            **({} if wishes.heldout is None else {"heldout_fraction": wishes.heldout}),
            **({} if wishes.keep is None else {"keep": wishes.keep}),
        }
    )


def usable_vectors(library: Library) -> tuple[int, int]:
    """How many documents have a vector, and how long these are. UserError without any vectors."""
    vectors = required_vectors(library)
    return _usable(vectors), vectors.dim


def _resumed(name: str, wishes: Wishes, config: TrainConfig | None) -> TrainConfig:
    if config is None:
        raise UserError(
            f"There is no interrupted training called “{name}”.", _UNCHANGED, "Start it without resuming."
        )
    asked = (wishes.features, wishes.k, wishes.epochs, wishes.variant)
    has = (config.sae.features, config.sae.k, config.epochs, config.sae.variant)
    if any(wish is not None and wish != value for wish, value in zip(asked, has, strict=True)):
        raise UserError(
            f"“{name}” was started with {has[0]:,} features, k {has[1]}, {has[2]} epochs and the variant"
            f" {has[3]}, not with these.",
            "Its progress is kept.",
            "Resume it without these settings, or start another one under another name.",
        )
    return config.model_copy(update={"device": wishes.device})


def _usable(vectors: Vectors) -> int:
    return int(vectors.rows - len(vectors.missing))


def required_vectors(library: Library) -> Vectors:
    """The library's vectors; UserError when it has none that can be used."""
    vectors = library.vectors
    if vectors is None:
        raise UserError(
            "This library has no usable vectors.",
            "An SAE is trained on vectors; nothing was changed.",
            "Embed the documents first.",
        )
    return vectors


def list_sae(library: Library, name: str, files: tuple[str, ...]) -> None:
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
            width=sae.width,
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

"""From a retrieval set's folder to its study: corpus into a library, vectors, an SAE, then the questions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.sae.weights import Sae
    from saerch_desktop.study.retrieval import Retrieval

K: Final = 64


@dataclass(frozen=True, slots=True)
class RetrievalWish:
    """data: the set's folder. cache: where its library is kept and found again; None for the program's own
    cache. other: a library whose SAE is measured instead of one trained on the set's corpus; sae: its name
    (None: the newest). k, features, seed: of the SAE trained on the corpus (None: as the preset sizes it).
    """

    data: Path
    split: str = "test"
    cache: Path | None = None
    other: Path | None = None
    sae: str | None = None
    k: int = K
    features: int | None = None
    seed: int = 0


def retrieval(wish: RetrievalWish, progress: Progress) -> Retrieval:
    """Make what is missing (minutes for the vectors of a first time), then measure.

    What was made is kept and used again, and an interrupted step goes on where it stopped. UserError,
    Cancelled.
    """
    from saerch_desktop.embedding.registry import embedder_for
    from saerch_desktop.library.library import Library
    from saerch_desktop.study.beir import read_beir
    from saerch_desktop.study.retrieval import study_retrieval

    wanted = read_beir(wish.data, wish.split)
    path = _corpus(wish, progress)
    sae = _trained(path, wish, progress) if wish.other is None else _borrowed(path, wish)
    with Library.open(path) as library:
        return study_retrieval(library, sae, wanted, embedder_for(library), progress, wish.seed)


def _corpus(wish: RetrievalWish, progress: Progress) -> Path:
    """The library of the set's documents with their vectors."""
    from saerch_desktop.library.importing import import_file
    from saerch_desktop.paths import cache_dir
    from saerch_desktop.study.beir import CORPUS_ROLES, corpus_file
    from saerch_desktop.workflow.making import Within, embed_all

    source = corpus_file(wish.data)
    folder = wish.cache or cache_dir() / "retrieval"
    path = folder / f"{wish.data.resolve().name}.saerch"
    step = Within(progress)
    if not _whole(path):
        folder.mkdir(parents=True, exist_ok=True)
        import_file(source, path, roles=CORPUS_ROLES, progress=step)
    embed_all(path, "minilm", step)
    return path


def _whole(path: Path) -> bool:
    """Whether the corpus was imported and embedded before: then its source need not be read again."""
    from saerch_desktop.library.library import Library

    if not path.exists():
        return False
    try:
        with Library.open(path) as library:
            return library.vectors is not None
    except UserError:
        return False


def _trained(path: Path, wish: RetrievalWish, progress: Progress) -> Sae:
    """An SAE of the corpus in the wished size, trained when there is none yet."""
    from saerch_desktop.library.library import Library
    from saerch_desktop.sae.presets import plan
    from saerch_desktop.sae.trainer import train
    from saerch_desktop.sae.weights import Sae
    from saerch_desktop.workflow.build import DEFAULT_PRESET, trained, unfinished
    from saerch_desktop.workflow.making import Within

    with Library.open(path, write=True) as library:
        vectors = library.vectors
        assert vectors is not None, "they were made before"
        usable = vectors.rows - len(vectors.missing)
        config = plan(DEFAULT_PRESET, usable, vectors.dim, features=wish.features, k=wish.k, seed=wish.seed)
        folder = library.new_sae_folder(f"{config.sae.features} k{wish.k} seed {wish.seed}")
        if trained(folder) is None:
            train(vectors, config, folder, Within(progress), resume=unfinished(folder) is not None)
        return Sae.load(folder)


def _borrowed(path: Path, wish: RetrievalWish) -> Sae:
    """An SAE of another library, whose vectors must come from the same embedding model."""
    from saerch_desktop.library.library import Library
    from saerch_desktop.library.manifest import describe_mismatch
    from saerch_desktop.sae.weights import Sae
    from saerch_desktop.workflow.session import newest_sae

    assert wish.other is not None
    with Library.open(wish.other) as other, Library.open(path) as corpus:
        mine, theirs = corpus.manifest.vectors, other.manifest.vectors
        if mine is not None and theirs is not None and not theirs.embedder.same_as(mine.embedder):
            raise describe_mismatch(theirs.embedder, mine.embedder)
        return Sae.load(other.sae_folder(wish.sae or newest_sae(other)))

"""What a dialect is: a name, how its files are told apart, and the two directions. Loads no torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saerch_desktop.sae.dialects.portable import Portable, cannot_hold

Reader = Callable[[Path, int | None], Portable]
Writer = Callable[[Portable, Path, str], None]


@dataclass(frozen=True, slots=True)
class Dialect:
    """One file format of autoencoders.

    name: what --format calls it; title: what people call it and its files. pair: the names of the weights and
    the description where the dialect is a folder of both. claims: whether a dictionary that torch.save wrote
    speaks it, by its keys. read: the weights' file and the user's k → the autoencoder, or UserError. lost:
    what the dialect cannot say about an autoencoder, as sentences; UserError when it cannot hold it at all.
    write: the autoencoder into an empty folder, for a name; None: import only. needs_k: the k comes from the
    file's name or the user.
    """

    name: str
    title: str
    read: Reader
    pair: tuple[str, str] | None = None
    claims: Callable[[Mapping[str, Any]], bool] | None = None
    lost: Callable[[Portable], tuple[str, ...]] | None = None
    write: Writer | None = None
    needs_k: bool = False


def lost_by_fixed_k(name: str, portable: Portable) -> tuple[str, ...]:
    """What a dialect that only knows “the k strongest” leaves out; refuses thresholds."""
    if portable.variant == "batchtopk":
        raise cannot_hold(
            name,
            "it keeps the features over a threshold, and this format keeps a fixed number of them",
            "Export it as saelens, dictionary_learning or hypothesaes.",
        )
    return lost_levels(portable)


def lost_levels(portable: Portable) -> tuple[str, ...]:
    """The sentence about levels that are not written."""
    levels = ", ".join(f"{level:,}" for level in portable.levels)
    if portable.variant == "matryoshka":
        return (f"That its first {levels} features rebuild a vector by themselves is not in the file.",)
    if portable.variant == "hierarchical":
        return (f"The file knows k {portable.k} only; that smaller k serve as well ({levels}) is not in it.",)
    return ()


def same_k(found: int | None, asked: int | None, file: str) -> int | None:
    """The file's own k, which the user's may repeat but not contradict."""
    from saerch_desktop.sae.dialects.portable import unsupported

    if found is not None and asked is not None and found != asked:
        raise unsupported(
            file,
            f"was made with k {found}, not {asked}",
            "Import it without --k: with another number its features would rebuild the vectors badly.",
        )
    return found if found is not None else asked

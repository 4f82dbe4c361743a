"""What a naming by a language model came to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Failure:
    """A feature without a name, and why, in words for the user."""

    feature: int
    reason: str


@dataclass(frozen=True, slots=True)
class LlmReport:
    """What one run named and what it took.

    named: features named in this run; done: named by the same settings before. failed: tried and not named;
    the next run tries them again. left: never tried, because the budget ended first. stopped: "" or the
    sentence of the budget that ended the run. tokens_in, tokens_out, money (None: no price known), seconds:
    of this run alone. median_pearson, median_f1: over the names of this run, None without any. grades: how
    many of this run's names have each grade. notes: what the user should know, sentences.
    """

    named: int
    done: int
    failed: tuple[Failure, ...]
    left: int
    stopped: str
    tokens_in: int
    tokens_out: int
    money: float | None
    seconds: float
    median_pearson: float | None
    median_f1: float | None
    grades: dict[str, int]
    prompt: str
    notes: tuple[str, ...] = ()

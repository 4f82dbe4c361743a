"""A search with all that can be said about it at once, as the command line says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress
from saerch_desktop.search.filters import Filters
from saerch_desktop.search.mix import Mix, Steer, steer
from saerch_desktop.search.recipes import Fitted, Recipe, fit, laid_over
from saerch_desktop.search.steering import Edit, Mode

if TYPE_CHECKING:
    from saerch_desktop.search.queries import Choice
    from saerch_desktop.search.steering import Query, Ranking
    from saerch_desktop.search.suggest import Suggestion
    from saerch_desktop.search.why import Comparison, Why
    from saerch_desktop.search.words import KeywordPage
    from saerch_desktop.workflow.session import Session

Kind = Literal["meaning", "words", "both"]

_NEAR = 0.9


@dataclass(frozen=True, slots=True)
class Wish:
    """What is looked for, and how.

    text: the query, None with `like`: ids of documents, whose mean is the query. vector: (d,) float32 of the
    query, where it is at hand: then nothing is embedded, and text only says what it is. against: ids of the
    documents that those are to be told from. families: (key or words of a name, amount). edits of `mix`
    replace those of the recipe. more, less: ids of documents to go towards or away from. raised, lowered:
    features whose subject is to come to the front or move back (`search.lowering`). weight: of the words
    where both words and meaning are searched by. why: one id to explain, or two to compare.
    """

    text: str | None = None
    like: tuple[str, ...] = ()
    vector: NDArray[np.float32] | None = None
    against: tuple[str, ...] = ()
    kind: Kind = "meaning"
    weight: float = 0.5
    how: Choice = "auto"
    filters: Filters = field(default_factory=Filters)
    mix: Mix = field(default_factory=Mix)
    families: tuple[tuple[str, float], ...] = ()
    recipe: Recipe | None = None
    along: bool = False
    mode: Mode = "residual"
    more: tuple[str, ...] = ()
    less: tuple[str, ...] = ()
    raised: tuple[int, ...] = ()
    lowered: tuple[int, ...] = ()
    why: tuple[str, ...] = ()
    top: int = 10
    skip: int = 0

    @property
    def steered(self) -> bool:
        """Whether it needs features."""
        moved = self.families or self.recipe or self.more or self.less or self.mode == "paper"
        return bool(moved or self.raised or self.lowered or not self.mix.plain)


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The documents of one page, and how they were found.

    ranking: those of the page, None for words alone; page: by words alone. whole: the ranking from its
    beginning. filters: those applied, of the wish and of the recipe; kept: how many documents they leave,
    None without any. steer: what of the mix steers. nudged: what `more` and `less` came to. suggestions: what
    tells `like` from `against`.
    """

    wish: Wish
    ranking: Ranking | None = None
    whole: Ranking | None = None
    page: KeywordPage | None = None
    filters: Filters = field(default_factory=Filters)
    kept: int | None = None
    mix: Mix = field(default_factory=Mix)
    steer: Steer = field(default_factory=lambda: Steer((), ()))
    fitted: Fitted | None = None
    nudged: tuple[Edit, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    why: Why | None = None
    comparison: Comparison | None = None

    @property
    def total(self) -> int:
        """How many documents could be listed altogether."""
        if self.page is not None:
            return self.page.total
        return self.whole.total if self.whole is not None else 0


def find(session: Session, wish: Wish, progress: Progress | None = None) -> Found:
    """Search. Raises UserError for what cannot be read or is not there, Cancelled."""
    if wish.steered or wish.against:
        session.required_features()
    fitted = _fitted(session, wish)
    filters = wish.filters if fitted is None else _joined(wish.filters, fitted.filters)
    mask = session.within(filters, progress)
    kept = None if mask is None else int(np.count_nonzero(mask))
    if wish.kind == "words":
        page = session.engine.keyword(wish.text or "", wish.top, mask, wish.skip, progress)
        return Found(wish, page=page, filters=filters, kept=kept)
    query = session.engine.keep(_query(session, wish, progress), mask, progress)
    mode = wish.mode if fitted is None or wish.mode == "paper" else fitted.mode
    mix = _shifted(session, wish, query, _mix(session, wish, fitted))
    steering = _steering(session, mix, query)
    nudged = _nudged(session, wish, query, mix, steering, mode)
    if nudged:
        mix = replace(mix, edits=_added(mix.edits, nudged))
        steering = _steering(session, mix, query)
    whole = _ranked(session, wish, query, mask, steering, mode, progress)
    why, comparison = _explained(session, wish, whole)
    return Found(
        wish,
        part_of(whole, wish.skip, wish.top),
        whole,
        filters=filters,
        kept=kept,
        mix=mix,
        steer=steering,
        fitted=fitted,
        nudged=nudged,
        suggestions=_suggested(session, wish, progress),
        why=why,
        comparison=comparison,
    )


def recipe_called(library: Path, wanted: str) -> Recipe:
    """The recipe of that name in the library, in the file of that path, or of that text as such files hold.

    UserError when there is none.
    """
    from saerch_desktop.search.recipe_files import folder_of, load_recipe, read_recipe, shelf_of

    if wanted.lstrip().startswith("{"):
        return read_recipe(wanted.encode("utf-8", "replace"), "The recipe given")

    path = Path(wanted)
    try:
        a_file = path.is_file() or path.suffix == ".json"
    except OSError:  # far too long for the name of a file
        a_file = False
    if a_file:
        return load_recipe(path)
    return shelf_of(folder_of(library)).named(wanted)


def fitted_to(session: Session, recipe: Recipe, *, along: bool = False) -> Fitted:
    """The recipe with the session's features. UserError as `fit`, and without features."""
    made = session.library.manifest.vectors
    features = session.required_features()
    return fit(recipe, features, None if made is None else made.embedder, along=along)


def part_of(ranking: Ranking, skip: int, top: int) -> Ranking:
    """The ranking from the place after `skip` on, `top` documents of it."""
    if not skip and len(ranking.rows) <= top:
        return ranking
    part = slice(skip, skip + top)
    fused = ranking.fused
    if fused is not None:
        fused = replace(
            fused,
            score=fused.score[part],
            score_before=fused.score_before[part],
            meaning=fused.meaning[part],
            words=fused.words[part],
        )
    return replace(
        ranking,
        rows=ranking.rows[part],
        scores=ranking.scores[part],
        scores_before=ranking.scores_before[part],
        rank_before=ranking.rank_before[part],
        contributions=ranking.contributions[part],
        fused=fused,
    )


def _fitted(session: Session, wish: Wish) -> Fitted | None:
    return None if wish.recipe is None else fitted_to(session, wish.recipe, along=wish.along)


def _joined(filters: Filters, more: Filters) -> Filters:
    for chip in more.chips:
        filters = filters.with_chip(chip)
    return replace(filters, either=filters.either or more.either)


def _query(session: Session, wish: Wish, progress: Progress | None) -> Query:
    engine = session.engine
    if wish.vector is not None:
        return engine.query_from_vector(wish.vector, wish.text or "A given vector", progress, wish.how)
    if wish.text is not None:
        return engine.query(wish.text, progress, wish.how)
    rows = [session.row_of(document) for document in wish.like]
    if len(rows) == 1 and wish.how == "auto":
        return engine.query_from_document(rows[0], progress)
    from saerch_desktop.search.suggest import mean_vector

    vectors = session.library.vectors
    if vectors is None:
        return engine.query_from_document(rows[0], progress)  # says what is missing
    titles = session.library.documents.titles(rows)
    named = [title or document for title, document in zip(titles, wish.like, strict=True)]
    more = f" and {len(named) - 1} more" if len(named) > 1 else ""
    mean = mean_vector(vectors, np.asarray(rows, np.int64), progress).astype(np.float32)
    return engine.query_from_vector(mean, f"{named[0]}{more}", progress, wish.how)


def _mix(session: Session, wish: Wish, fitted: Fitted | None) -> Mix:
    """The recipe's sliders, and upon them those of the wish."""
    from saerch_desktop.workflow.family_steering import blends_called

    mix = wish.mix
    if session.features is not None:
        for slider in mix.muted | mix.soloed:
            if isinstance(slider, int):
                session.features.require(slider)
    families = blends_called(session.required_features(), wish.families) if wish.families else ()
    base = laid_over(fitted.mix, Mix()) if fitted is not None else Mix()
    edits = {edit.feature: edit for edit in (*base.edits, *mix.edits)}
    blends = {edit.blend.key: edit for edit in (*base.blends, *families)}
    return Mix(
        tuple(edits.values()),
        tuple(blends.values()),
        base.muted | mix.muted,
        base.soloed | mix.soloed,
        budget=base.budget if mix.budget is None else mix.budget,
    )


def _shifted(session: Session, wish: Wish, query: Query, mix: Mix) -> Mix:
    """With a slider drawn for what is raised and lowered, as far as the limit goes, else to cosine 0.9."""
    from saerch_desktop.search.lowering import shift

    if not (wish.raised or wish.lowered):
        return mix
    near = _NEAR if mix.budget is None else mix.budget
    features = session.required_features()
    return mix.with_blend(shift(features, session.library, query, wish.raised, wish.lowered, near))


def _steering(session: Session, mix: Mix, query: Query) -> Steer:
    columns = session.engine.columns
    if columns is None:
        return Steer(mix.edits, mix.moved)
    for edit in mix.edits:
        session.required_features().require(edit.feature)
    return steer(mix, query, columns.direction)


def _ranked(
    session: Session,
    wish: Wish,
    query: Query,
    mask: NDArray[np.bool_] | None,
    steering: Steer,
    mode: Mode,
    progress: Progress | None,
) -> Ranking:
    engine, top = session.engine, wish.skip + wish.top
    if wish.kind == "both":
        from saerch_desktop.search.words import kept

        words = kept(engine.matches(wish.text or "", any_of=True), mask)
        return engine.both(
            query, words, wish.weight, steering.edits, mode, top, progress, blends=steering.blends
        )
    return engine.rank(query, steering.edits, mode, top, progress, steering.blends)


def _nudged(
    session: Session, wish: Wish, query: Query, mix: Mix, steering: Steer, mode: Mode
) -> tuple[Edit, ...]:
    """What the documents of `more` and `less` come to, against the results as they are without them."""
    from saerch_desktop.search.suggest import nudge

    vectors, features = session.library.vectors, session.features
    if not (wish.more or wish.less) or vectors is None or features is None:
        return ()
    results = session.engine.rank(query, steering.edits, mode, blends=steering.blends).rows
    found: tuple[Edit, ...] = ()
    for documents, sign in ((wish.more, 1), (wish.less, -1)):
        for document in documents:
            row = session.row_of(document)
            found = _added(found, nudge(features, vectors, query, row, results, sign))
    return found


def _added(edits: Sequence[Edit], more: Sequence[Edit]) -> tuple[Edit, ...]:
    deltas: dict[int, float] = {}
    for edit in (*edits, *more):
        deltas[edit.feature] = deltas.get(edit.feature, 0.0) + edit.delta
    return tuple(Edit(feature, delta) for feature, delta in deltas.items() if delta)


def _suggested(session: Session, wish: Wish, progress: Progress | None) -> tuple[Suggestion, ...]:
    from saerch_desktop.search.suggest import suggest

    if not wish.against:
        return ()
    a, b = (
        np.asarray([session.row_of(document) for document in documents], np.int64)
        for documents in (wish.like, wish.against)
    )
    return suggest(session.required_features(), a, b, progress=progress)


def _explained(session: Session, wish: Wish, ranking: Ranking) -> tuple[Why | None, Comparison | None]:
    from saerch_desktop.search.why import why, why_above

    rows = [session.row_of(document) for document in wish.why]
    if len(rows) > 2:
        raise UserError(
            "Only two documents can be compared.", "Nothing was explained.", "Give --why once or twice."
        )
    if len(rows) == 2:
        return None, why_above(session.engine, ranking, rows[0], rows[1])
    return (why(session.engine, ranking, rows[0]) if rows else None), None

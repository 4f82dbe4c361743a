"""The query rewritten by a language model, beside the same query steered by features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from saerch_desktop.errors import UserError
from saerch_desktop.progress import Progress

if TYPE_CHECKING:
    from saerch_desktop.embedding.online.sender import Patience
    from saerch_desktop.features.llm.service import Question
    from saerch_desktop.features.llm.settings import LlmSettings
    from saerch_desktop.search.mix import Steer
    from saerch_desktop.search.steering import Mode, Query
    from saerch_desktop.workflow.session import Session

JOURNAL: Final = "rewrites_llm.journal.jsonl"
_LOCK: Final = "rewrites_llm.lock"
TOP: Final = 10
_DEPTH: Final = 1000


@dataclass(frozen=True, slots=True)
class Mover:
    """A document and its place, from 1, in the list of the query as it was typed, steered, and rewritten;
    None beyond the thousandth.
    """

    row: int
    before: int | None
    steered: int | None
    rewritten: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Rewrite:
    """text: what the model made of the query; query: its search, kept to the same documents.

    up, down: what it was asked to raise and lower. cosine: of the rewrite's vector with the query's;
    steered_cosine: of the steered vector with the query's; between: of the two with each other.
    overlap: shared documents of the first ten, rewritten and steered; before_rewritten, before_steered: of
    each with the first ten of the query as it was typed; all in shares. movers: the documents among the first
    ten of either, steered order first. tokens: what was paid, 0 for an answer from the journal.
    """

    text: str
    query: Query
    up: tuple[str, ...]
    down: tuple[str, ...]
    cosine: float
    steered_cosine: float
    between: float
    overlap: float
    before_rewritten: float
    before_steered: float
    movers: tuple[Mover, ...]
    tokens: int


def rewrite_query(
    session: Session,
    query: Query,
    steer: Steer,
    settings: LlmSettings,
    progress: Progress,
    mode: Mode = "residual",
    patience: Patience | None = None,
) -> Rewrite:
    """Have the query rewritten as the sliders steer it, embed the rewrite, and compare what both find.

    Sends the query's text and the names of what is moved, nothing else, and only where the settings allow it
    for this job or the service is on this computer. At most `rewriting.MOST_TOKENS` tokens are spent, fewer
    where the settings say so. An answer is kept beside the SAE and not asked for twice. UserError: nothing is
    moved, no permission, no key, trouble with the service or its answer. Cancelled.
    """
    from saerch_desktop.features.llm.rewriting import rewriting_question

    up, down = wishes(session, steer)
    if not query.text.strip():
        raise UserError(
            "This query has no words.", "Nothing was sent.", "Type a query; vectors cannot be rewritten."
        )
    question = rewriting_question(settings.model, query.text, up, down)
    text, tokens = _asked(session, question, settings, progress, patience)
    found = session.engine.query(text, progress)
    if query.whole is not None:
        found = found.within(np.isfinite(query.base))
    return _compared(session, query, steer, mode, found, (up, down), tokens, progress)


def wishes(session: Session, steer: Steer) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of what is raised and of what is lowered, most moved first. UserError when nothing is."""
    labels = session.required_features().labels
    moved = [(edit.delta, labels.text(edit.feature)) for edit in steer.edits]
    moved += [(one.amount, one.blend.name) for one in steer.blends]
    moved.sort(key=lambda pair: (-abs(pair[0]), pair[1]))
    if not moved:
        raise UserError(
            "No slider is moved.",
            "Nothing was sent: there is nothing to rewrite the query by.",
            "Raise or lower a feature first.",
        )
    return tuple(n for delta, n in moved if delta > 0), tuple(n for delta, n in moved if delta < 0)


def _asked(
    session: Session,
    question: Question,
    settings: LlmSettings,
    progress: Progress,
    patience: Patience | None,
) -> tuple[str, int]:
    from saerch_desktop.embedding.online.endpoint import endpoint_at
    from saerch_desktop.embedding.online.sender import Patience, RequestFailedError
    from saerch_desktop.features.llm.answers import UnreadableAnswerError
    from saerch_desktop.features.llm.journal import Journal
    from saerch_desktop.features.llm.preparation import prices
    from saerch_desktop.features.llm.purse import Purse
    from saerch_desktop.features.llm.rewriting import MOST_TOKENS, REWRITING, rewrite_in
    from saerch_desktop.features.llm.service import Conversation, Service

    settings.require_sense()
    endpoint = endpoint_at(settings.base_url)
    endpoint.require_permission(settings.allow_network, REWRITING)
    endpoint.key()
    progress.begin("Asking the language model")
    limit = min(MOST_TOKENS, settings.budget_tokens or MOST_TOKENS)
    purse = Purse(settings.budget, limit, progress.check)
    with Journal(session.required_features().folder, JOURNAL, _LOCK) as journal:
        service = Service(
            endpoint=endpoint,
            purse=purse,
            journal=journal,
            prices=prices(endpoint, settings),
            patience=patience or Patience(timeout_s=900.0 if endpoint.loopback else 180.0),
            fresh=settings.again,
            purpose=REWRITING,
        )
        try:
            with Conversation(service, progress) as conversation:
                return conversation.ask(question, rewrite_in), purse.spent.tokens
        except UnreadableAnswerError as error:
            why = str(error)
        except RequestFailedError as error:
            why = error.trouble.detail
    raise UserError(
        f"{settings.model} did not rewrite the query: {why.rstrip('.')}.",
        "Your query and its steering are unchanged.",
        "Try again, or choose another model.",
    )


def _compared(
    session: Session,
    query: Query,
    steer: Steer,
    mode: Mode,
    found: Query,
    asked: tuple[tuple[str, ...], tuple[str, ...]],
    tokens: int,
    progress: Progress,
) -> Rewrite:
    from saerch_desktop.search.ranking import top_rows
    from saerch_desktop.search.steering import cosine

    engine = session.engine
    steered = engine.rank(query, steer.edits, mode, _DEPTH, progress, steer.blends)
    vector = engine.steered_vector(steered)
    place = {int(row): at for at, row in enumerate(steered.rows, 1)}
    ours, plain = steered.rows[:TOP].tolist(), top_rows(query.base, TOP).tolist()
    theirs = top_rows(found.base, TOP).tolist()

    def near(of: Query, row: int) -> int | None:
        at = int(of.rank_before[row])
        return at if at <= _DEPTH and np.isfinite(of.base[row]) else None

    rows = list(dict.fromkeys([*ours, *theirs]))
    return Rewrite(
        text=found.text,
        query=found,
        up=asked[0],
        down=asked[1],
        cosine=cosine(query.vector, found.vector),
        steered_cosine=cosine(query.vector, vector),
        between=cosine(vector, found.vector),
        overlap=_shared(ours, theirs),
        before_rewritten=_shared(plain, theirs),
        before_steered=_shared(plain, ours),
        movers=tuple(Mover(row, near(query, row), place.get(row), near(found, row)) for row in rows),
        tokens=tokens,
    )


def _shared(first: list[int], second: list[int]) -> float:
    return len(set(first) & set(second)) / len(first) if first else 1.0

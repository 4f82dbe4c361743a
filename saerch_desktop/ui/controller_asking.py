"""The asking desk: one question at a time, kept to filters, by meaning, by words or by both, and asked again
whenever what it depends on changes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from saerch_desktop.errors import UserError
from saerch_desktop.search.filters import Chip, Filters
from saerch_desktop.search.mix import Mix
from saerch_desktop.ui.asking import (
    Answered,
    Asked,
    Question,
    Terms,
    answer,
    by_vector,
    kind_of,
    without,
    without_features,
)
from saerch_desktop.ui.controller_steering import Fail, SteeringDesk
from saerch_desktop.ui.filter_steps import FilterStep
from saerch_desktop.ui.jobs import JobRunner, Lane
from saerch_desktop.ui.state import Store

if TYPE_CHECKING:
    from saerch_desktop.workflow.session import Session

KINDS = ("meaning", "words", "both")


class AskingDesk(SteeringDesk):
    """Of several questions the newest wins. What is answered late is ranked by what the mixer says then."""

    filters_refused = Signal(object)  # dict[str, UserError]: chips that were switched off, and why
    answered = Signal()  # a new question has its answer; `asked` says which

    _question: Question | None = None  # in force
    _pending: tuple[Question, Mix | None] | None = None  # asked, and not answered yet; None: the mix in force
    _shown: Terms | None = None  # what the answer in force was given under
    _aside: tuple[Mix, list[int]] | None = None  # the mixer of the question, while words alone are searched

    # What is searched under ------------------------------------------------------------------------------

    def __init__(self, store: Store, runner: JobRunner, fail: Fail, parent: QObject) -> None:
        super().__init__(store, runner, fail, parent)
        self.filter_stack = QUndoStack(self)
        self.filter_stack.setUndoLimit(200)

    def set_filters(self, filters: Filters) -> None:
        """Keep the search to these, as one step of undo; what is asked is asked again."""
        if filters != self._store.filters:
            self.filter_stack.push(FilterStep(self._put_filters, self._store.filters, filters))

    def _put_filters(self, filters: Filters) -> None:
        matters = _effect(filters) != _effect(self._store.filters)
        self._store.filters = filters
        if matters:
            self._ask_again()

    def add_filter(self, chip: Chip | str) -> None:
        """One more condition, or one of the same text as it is now wanted."""
        added = Chip(chip) if isinstance(chip, str) else chip
        self.set_filters(self._store.filters.with_chip(added))

    def set_kind(self, kind: str) -> None:
        """Search by "meaning", "words" or "both". The mixer stays as it is for the same question."""
        if kind not in KINDS or kind == self._store.kind:
            return
        former, self._store.kind = self._store.kind, kind
        if any(kind_of(q, former) != kind_of(q, kind) for q in self._questions()):
            self._ask_again()

    def set_weight(self, weight: float) -> None:
        """How much words count beside meaning, 0 to 1."""
        self._store.weight = self._weight = min(max(float(weight), 0.0), 1.0)
        if self._matches is not None:
            self._rank()

    def asked(self) -> Asked | None:
        """What is searched now, with all it depends on; None without an answer."""
        question, store = self._question, self._store
        if question is None:
            return None
        return Asked(
            question.text,
            question.words,
            None if question.known is None else question.known.vector,
            self._mix_of_question(),
            store.filters,
            store.kind,
            store.weight,
            store.mode,
        )

    def ask_for(self, asked: Asked) -> None:
        """Search again as it was searched then; nothing is embedded where the vector is kept."""
        view, store = self._store.library, self._store
        if view is None or self._session is None:
            return
        if asked.vector is not None and view.vectors:
            question = Question(asked.text, asked.words, by_vector(asked.vector, asked.text))
        elif asked.words:
            question = self._typed(asked.words)
        else:
            return
        self.filter_stack.clear()  # its steps were of another search
        store.filters = asked.filters
        store.weight = self._weight = asked.weight
        store.kind = asked.kind if asked.kind in KINDS else "meaning"
        store.mode = asked.mode if view.steering else "residual"
        store.query_text = asked.text
        self._ask(question, asked.mix)

    # Sessions --------------------------------------------------------------------------------------------

    def use(self, session: Session | None, keep: bool = False) -> None:
        """Search in another session; with `keep` the same library was read anew: ask again."""
        same = keep and session is not None and self._same_features(session)
        question, pending = self._question, self._pending
        self._runner.cancel_keys(("query", "rank", "prefetch", "suggest"))
        self._session = session
        self._question = self._pending = self._shown = self._matches = None
        self._store.searching = ""
        if session is None or not keep:
            self._clear()
            return
        mix: Mix | None = None
        if not same:
            mix = self._new_mix()
            self._let_features_go()
            if pending is not None:
                pending = None if pending[0].of_features else (pending[0], mix)
        if pending is not None:
            question, mix = pending
        if question is not None:
            typed = question.words and question.ask is None
            self._ask(self._typed(question.words) if typed else question.for_another(), mix)

    def _let_features_go(self) -> None:
        """Until the answer comes nothing is shown, and nothing can be moved, of features of another SAE."""
        self._aside, self._added = None, []
        self._drop_features()
        self._forget_answer()

    def _forget_answer(self) -> None:
        """What was answered is of a session that is gone."""
        self._store.query = self._store.ranking = None
        self._put(Mix())
        self.undo_stack.clear()
        self.mixer_changed.emit(())
        self.pending_changed.emit(frozenset())

    def _drop_features(self) -> None:
        """Features of another SAE mean other things: conditions on them cannot stay."""
        filters = self._store.filters
        kept = without_features(filters)
        gone = len(filters.chips) - len(kept.chips)
        if gone:
            self.filter_stack.clear()
            self._store.filters = kept
            many = "A filter by a feature was" if gone == 1 else f"{gone} filters by features were"
            self._fail(
                UserError(
                    f"{many} taken away.",
                    "Features of another SAE mean other things.",
                    "Filter by the features in use now.",
                ),
                "",
            )

    def _same_features(self, session: Session) -> bool:
        if self._session is None:
            return False
        old, new = self._session.features, session.features
        if old is None or new is None:
            return old is new
        return old.sae.sha256 == new.sae.sha256

    def _clear(self) -> None:
        self._added = []
        self._question = self._pending = self._shown = self._aside = self._matches = None
        self.filter_stack.clear()
        self.undo_stack.clear()
        store = self._store
        store.mode, store.filters, store.kind = "residual", Filters(), "meaning"
        store.weight = self._weight = 0.5
        store.query = store.ranking = store.keyword_hits = store.matches = None
        self._put(Mix())
        store.query_text = store.searching = ""
        self.mixer_changed.emit(())
        self.pending_changed.emit(frozenset())

    # Asking ----------------------------------------------------------------------------------------------

    def _typed(self, text: str) -> Question:
        """What the user typed: by meaning too, where the library can."""
        view = self._store.library
        if view is None or not view.semantic:
            return Question(text, text, None)
        return Question(text, text, lambda session, progress: session.engine.query(text, progress))

    def _ask(self, question: Question, mix: Mix | None = None) -> None:
        """Ask something new with the mixer as in `mix`, or the same again with the mixer as it is (None)."""
        session = self._session
        if session is None:
            return
        kind = kind_of(question, self._store.kind)
        terms = self._terms(self._mix_of_question() if mix is None else mix)
        self._pending = (question, mix)

        def done(found: Answered) -> None:
            self._pending = None
            self._store.searching = ""
            self._take(session, question, mix, found)

        def failed(error: BaseException) -> None:
            self._pending = None
            self._store.searching = ""
            self._fail(error, "The search")
            if self._question is None:
                self._forget_answer()
            elif mix is not None and self._outdated():
                self._ask_again()
            else:
                self._rank()  # what was stopped for this

        self._runner.cancel_keys(("rank",))
        self._store.searching = f"Searching for “{question.text}”…" if question.text else "Searching…"
        self._runner.submit(
            "Searching",
            lambda progress: answer(session, question, terms, progress),
            lane=Lane.IO if kind == "words" else Lane.MODEL,
            key="query",
            quiet=True,
            done=done,
            failed=failed,
        )

    def _rank(self) -> None:
        """Sliders that move while another session is asked are ranked with its answer."""
        if self._question is not None:
            super()._rank()

    def _ask_again(self) -> None:
        """What was asked last, under what is in force now."""
        if self._pending is not None:
            self._ask(*self._pending)
        elif self._question is not None:
            self._ask(self._question)

    def _outdated(self) -> bool:
        """Whether the answer shown was given under other filters, or by another kind, than are in force."""
        shown, question = self._shown, self._question
        if shown is None or question is None:
            return False
        now = self._store.filters, self._store.kind
        return _effect(shown.filters) != _effect(now[0]) or kind_of(question, shown.kind) != kind_of(
            question, now[1]
        )

    def _terms(self, mix: Mix) -> Terms:
        store = self._store
        return Terms(store.filters, store.kind, store.weight, store.mode, mix)

    def _mix_of_question(self) -> Mix:
        """Where the sliders of the question stand, shown or set aside."""
        return self.mix if self._aside is None else self._aside[0]

    def _new_mix(self) -> Mix:
        """For another question: how far it may be steered is a setting, all else was of the former."""
        return Mix(budget=self._mix_of_question().budget)

    def _take(self, session: Session, question: Question, mix: Mix | None, found: Answered) -> None:
        """Show an answer. mix: None for the same question again, whose sliders may have moved since."""
        store = self._store
        if found.refused:
            store.filters = without(store.filters, found.refused)
            self.filters_refused.emit(dict(found.refused))
        if mix is not None:
            self._aside = None
        self._question, self._shown = question, replace(found.terms, filters=store.filters)
        if found.query is None:
            self._take_words(question, mix, found)
        else:
            self._question = question.answered(found.query)
            self._take_query(session, question, mix, found)
        if mix is not None:
            self.answered.emit()

    def _take_words(self, question: Question, mix: Mix | None, found: Answered) -> None:
        store = self._store
        if mix is not None and mix != Mix():
            self._aside = mix, list(self._added)
        elif mix is None and self._aside is None and store.query is not None:
            self._aside = self.mix, list(self._added)
        self._matches = None
        self._added = []
        self.undo_stack.clear()
        store.query = store.ranking = None
        self._put(Mix())
        self.mixer_changed.emit(())
        self.pending_changed.emit(frozenset())
        store.query_text = question.text
        store.matches = found.matches
        store.keyword_hits = found.hits

    def _take_query(self, session: Session, question: Question, mix: Mix | None, found: Answered) -> None:
        store, query = self._store, found.query
        assert query is not None
        former = store.query
        # The mixer stays as it is, perhaps in the middle of a drag, where the same is only kept to others.
        stays = mix is None and former is not None and former.vector is query.vector
        if mix is None:
            mix = self.mix
            if self._aside is not None:
                mix, self._added = self._aside
                self._aside = None
        else:
            if former is not None and former.text != query.text:
                self._added = []
            self.undo_stack.clear()
        known = (*query.indices.tolist(), *self._added)
        self._added = [*self._added, *(e.feature for e in mix.edits if e.feature not in known)]
        self._matches = found.matches
        store.keyword_hits = None
        store.query = query
        store.query_text = question.text or query.text
        store.matches = found.matches
        self._put(mix)
        if not stays:
            self.mixer_changed.emit(self.entries())
        self.pending_changed.emit(frozenset())
        terms = self._terms(mix)
        if (terms.mix, terms.mode, terms.weight) == (found.terms.mix, found.terms.mode, found.terms.weight):
            store.ranking = found.shown
        else:
            self._rank()
        if not stays:
            self._prefetch(session, query)

    def _questions(self) -> list[Question]:
        """The one that will be answered next, or that is."""
        if self._pending is not None:
            return [self._pending[0]]
        return [] if self._question is None else [self._question]


def _effect(filters: Filters) -> tuple[frozenset[tuple[str, bool]], bool]:
    """What of the chips changes a search."""
    active = filters.active
    wanted = [chip for chip in active if not chip.out]
    return frozenset((chip.text, chip.out) for chip in active), filters.either and len(wanted) > 1

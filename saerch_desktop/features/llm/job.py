"""Names many features with several requests under way, and stops at once when it should."""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from saerch_desktop.embedding.online.trouble import ServiceTroubleError
from saerch_desktop.errors import Cancelled, UserError
from saerch_desktop.features.label import Label
from saerch_desktop.features.llm.naming import FeatureFailedError, Namer
from saerch_desktop.features.llm.purse import BudgetReachedError, Purse
from saerch_desktop.features.llm.report import Failure
from saerch_desktop.features.llm.service import Conversation, Service
from saerch_desktop.progress import Progress

_POLL_S: Final = 0.05
_SAY_S: Final = 0.5
_SAVE_S: Final = 10.0
_SAVE_SHARE: Final = 50  # saving takes at most a fiftieth of the time
_HOPELESS: Final = 5  # features that fail before any is named
_DOWN: Final = 3  # features in a row that the service leaves without an answer
_PASSING: Final = frozenset({"slow", "lost", "server", "reply", "rate"})


@dataclass(eq=False)
class Outcome:
    """labels: of this run. left: features that the budget did not reach. stopped: the budget's sentence."""

    labels: dict[int, Label] = field(default_factory=dict)
    failed: dict[int, str] = field(default_factory=dict)
    left: list[int] = field(default_factory=list)
    stopped: str = ""

    def failures(self) -> tuple[Failure, ...]:
        return tuple(Failure(feature, self.failed[feature]) for feature in sorted(self.failed))


class Stop(Progress):
    """What the threads of a job look at: the job's own progress, and a stop among themselves."""

    def __init__(self, outer: Progress) -> None:
        super().__init__()
        self._outer = outer

    def check(self) -> None:
        self._outer.check()
        super().check()

    @property
    def cancelled(self) -> bool:
        return self._outer.cancelled or super().cancelled

    @property
    def paused(self) -> bool:
        return self._outer.paused


@dataclass(frozen=True, slots=True)
class _Done:
    """What became of a feature. error: None when it has its label."""

    feature: int
    label: Label | None = None
    error: BaseException | None = None


class NamingJob:
    """One run. outcome: what it came to, also after it was stopped by an error."""

    def __init__(
        self,
        namer: Namer,
        service: Service,
        run: str,
        stop: Stop,
        save: Callable[[list[Label]], None],
    ) -> None:
        """run: stands for the terms in the journal. save: is given all labels of this run now and then."""
        self._namer = namer
        self._service = service
        self._run = run
        self._stop = stop
        self._save = save
        self._saved_at = time.monotonic()
        self._save_took = 0.0
        self._unsaved = 0
        self._down = 0
        self._useless = 0
        self._hopeful = False  # whether anything was named under these terms before
        self.outcome = Outcome()

    def work(self, features: Sequence[int], before: int, progress: Progress) -> None:
        """Name `features` in this order, those that failed once more at the end. before: how many are named
        already. UserError, Cancelled: what was made until then is saved.
        """
        total = before + len(features)
        self._hopeful = before > 0
        things = self._namer.manner.things
        progress.begin(f"Naming {things}", total, things, before)
        try:
            again = self._pass(features, before, progress)
            if again and not self.outcome.stopped:
                for feature in again:
                    del self.outcome.failed[feature]
                self._pass(again, total - len(again), progress)
        finally:
            for feature, reason in self.outcome.failed.items():
                self._service.journal.keep_failure(self._run, feature, reason)
            self._keep(last=True)

    def _pass(self, features: Sequence[int], done: int, progress: Progress) -> list[int]:
        """Work through the features; returns those that may be tried again."""
        waiting = deque(features)
        results: queue.SimpleQueue[_Done] = queue.SimpleQueue()
        threads = [
            threading.Thread(target=self._worker, args=(waiting, results), name=f"naming-{at}", daemon=True)
            for at in range(min(self._namer.settings.in_flight, len(features)))
        ]
        again: list[int] = []
        said = 0.0
        for thread in threads:
            thread.start()
        try:
            while any(thread.is_alive() for thread in threads) or not results.empty():
                progress.check()
                try:
                    done += self._take(results.get(timeout=_POLL_S), again)
                except queue.Empty:
                    if time.monotonic() - said < _SAY_S:
                        continue
                said = time.monotonic()
                progress.spent(spending(self._service.purse, self._namer.settings.budget is not None))
                progress.advance(done)
        finally:
            if any(thread.is_alive() for thread in threads):
                self._stop.cancel()
            for thread in threads:
                thread.join()
            while not results.empty():
                result = results.get()
                if result.label is not None:
                    self._named(result.label)
        self.outcome.left += list(waiting)
        return again

    def _worker(self, waiting: deque[int], results: queue.SimpleQueue[_Done]) -> None:
        feature = -1
        try:
            with Conversation(self._service, self._stop) as conversation:
                while True:
                    self._stop.check()
                    try:
                        feature = waiting.popleft()
                    except IndexError:
                        return
                    try:
                        results.put(_Done(feature, self._namer.name(feature, conversation)))
                    except FeatureFailedError as error:
                        results.put(_Done(feature, error=error))
                    except ServiceTroubleError as error:
                        results.put(_Done(feature, error=error))
                        if not self._may_pass(error):
                            return
        except Cancelled:
            return
        except BaseException as error:  # noqa: BLE001  the job's own thread raises it
            results.put(_Done(feature, error=error))

    def _may_pass(self, error: ServiceTroubleError) -> bool:
        return self._service.proven and error.kind in _PASSING

    def _take(self, result: _Done, again: list[int]) -> int:
        """Count a result; 1 when its feature is done with. Raises what ends the job."""
        error, feature = result.error, result.feature
        if result.label is not None:
            self._named(result.label)
            self._keep()
            self._down = 0
            return 1
        if isinstance(error, BudgetReachedError):
            self.outcome.stopped = error.happened
            self.outcome.left.append(feature)
            return 0
        if isinstance(error, FeatureFailedError):
            self.outcome.failed[feature] = str(error)
            if error.again:
                again.append(feature)
            self._require_hope(error)
            return 1
        if isinstance(error, ServiceTroubleError) and self._may_pass(error):
            self.outcome.failed[feature] = error.happened
            again.append(feature)
            self._down += 1
            if self._down >= _DOWN:
                raise error
            return 1
        assert error is not None
        raise error

    def _require_hope(self, error: FeatureFailedError) -> None:
        """UserError when feature after feature fails for a reason that must lie with the model."""
        self._useless += error.refused or error.again
        if self._hopeful or self.outcome.labels or self._useless < _HOPELESS:
            return
        model, things = self._namer.settings.model, self._namer.manner.things
        raise UserError(
            f"{model!r} could not name any of the first {len(self.outcome.failed)} {things}: {error}.",
            f"No {'family' if things == 'families' else 'feature'} was named; nothing more was sent.",
            "Choose a model that follows instructions in a chat, and check its name.",
        )

    def _named(self, label: Label) -> None:
        self._service.journal.keep_label(self._run, label)
        self.outcome.labels[label.feature] = label
        self._unsaved += 1

    def _keep(self, last: bool = False) -> None:
        """Save the labels, not so often that it slows the job."""
        now = time.monotonic()
        if not self._unsaved or not (
            last or now - self._saved_at > max(_SAVE_S, _SAVE_SHARE * self._save_took)
        ):
            return
        self._save(list(self.outcome.labels.values()))
        self._unsaved, self._saved_at = 0, time.monotonic()
        self._save_took = self._saved_at - now


def spending(purse: Purse, money: bool) -> str:
    """What is spent, in a few words: "$0.31 of $2.00", "12,300 tokens of 50,000"."""
    if money and purse.limit_money is not None:
        return f"${purse.spent.money:,.2f} of ${purse.limit_money:,.2f}"
    of = "" if purse.limit_tokens is None else f" of {purse.limit_tokens:,}"
    cost = f", ${purse.spent.money:,.2f}" if purse.spent.money else ""
    return f"{purse.spent.tokens:,} tokens{of}{cost}"

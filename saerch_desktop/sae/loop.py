"""The updates of a training, one after the other, and what is noted between them."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import torch
from torch import Tensor

from saerch_desktop.errors import Cancelled
from saerch_desktop.progress import Progress
from saerch_desktop.sae.alarms import Alarm, alarms, has_diverged
from saerch_desktop.sae.checkpoint import State
from saerch_desktop.sae.config import TrainConfig
from saerch_desktop.sae.examples import Glances
from saerch_desktop.sae.feed import Batch, Feed
from saerch_desktop.sae.gradients import Gradients, Step
from saerch_desktop.sae.metrics import TrainingData, epoch_record
from saerch_desktop.sae.peers import Peers
from saerch_desktop.sae.remedies import changed, remedies, told_change
from saerch_desktop.sae.schedule import learning_rate
from saerch_desktop.sae.split import VectorSource
from saerch_desktop.sae.watching import EVERY_SECONDS, Moment, Watch

_LOOK_EVERY: Final = 16  # updates; reading a figure makes a graphics card wait for all that was asked of it


class DivergedError(ArithmeticError):
    """The loss is no number or many times the first one. unexplained: the last batch's share."""

    def __init__(self, unexplained: float) -> None:
        super().__init__()
        self.unexplained = unexplained


class Loop:
    """Brings a `state` from wherever it stands to the end of the training.

    save: writes the state to disk, with the settings as they are by then; called every `checkpoint_seconds`
    in the first process. watch: who follows the training and speaks to it (a training of one process alone).
    """

    def __init__(
        self,
        state: State,
        vectors: VectorSource,
        data: TrainingData,
        config: TrainConfig,
        peers: Peers,
        save: Callable[[TrainConfig], None],
        checkpoint_seconds: float,
        watch: Watch | None = None,
    ) -> None:
        self._state, self._vectors, self._data, self._config, self._peers = (
            state,
            vectors,
            data,
            config,
            peers,
        )
        self._save, self._checkpoint_seconds = save, checkpoint_seconds
        device = state.model.encoder.device
        self._feed = Feed(vectors, data.rows, config, device=device, peers=peers)
        self._gradients = Gradients.of(state.model)
        self._look_every = _LOOK_EVERY if device.type == "cuda" and peers.world == 1 else 1
        self._alarms: tuple[Alarm, ...] = ()
        self._unread: list[Tensor] = []  # of the last updates: unexplained, total and wishes to stop, (3,)
        self._dead = 0
        self._mark = self._saved = self._told = 0.0
        self._watch = watch
        self._glances = Glances(vectors, config.seed) if watch is not None and watch.examples else None

    @property
    def config(self) -> TrainConfig:
        """The settings, with the changes that were asked for meanwhile."""
        return self._config

    def run(self, progress: Progress) -> None:
        """Raises DivergedError; Cancelled with the state as it is after the last update."""
        steps = self._feed.order.steps
        self._mark = self._saved = time.monotonic()
        self._note_alarms()
        total = self._config.epochs * len(self._data.rows)
        progress.begin("Training", total, "documents", done=self._state.position.documents)
        try:
            self._end_epoch(progress)
            if self._state.position.ended:
                return
            with contextlib.closing(self._feed.batches(self._state.position.step, progress)) as batches:
                for batch in batches:
                    self._update(batch, progress, steps)
                    if self._watch is not None and self._watch.reins.stopping:
                        self._end_here(progress)
                        break
        except Cancelled:
            self._look()
            raise

    def _update(self, batch: Batch, progress: Progress, steps: int) -> None:
        state = self._state
        position, config = state.position, self._config
        rate = learning_rate(config, batch.step, config.epochs * steps)
        dead = state.liveness.dead(position.documents)
        self._dead = 0 if dead is None else len(dead)
        step = state.parts.accumulate(
            state.model,
            batch.x,
            config,
            variance=self._data.variance,
            dead=dead,
            batch=batch.size,
            peers=self._peers,
            gradients=self._gradients,
        )
        step, figures = self._together(step, progress)
        state.optimiser.step(state.model, self._gradients, rate)
        if step.threshold is not None:
            state.model.follow(step.threshold, batch.step)
        seen = position.documents + batch.size
        state.liveness.saw(step.firings, seen)
        state.firings += step.firings
        state.position = position.model_copy(
            update={"step": batch.step + 1, "documents": seen, "part_rows": state.parts.rows}
        )
        self._unread.append(figures)
        if position.part_rows != state.parts.rows:
            self._note_alarms()
        if batch.ends_epoch or batch.step % self._look_every == 0:
            self._report(progress)
        elif progress.cancelled:
            progress.check()

    def _together(self, step: Step, progress: Progress) -> tuple[Step, Tensor]:
        """The step of all processes, their gradients summed, and its figures (3,)."""
        stop = torch.full_like(step.total, float(self._peers.world > 1 and progress.cancelled))
        figures = torch.stack([step.unexplained, step.total, stop])
        if self._peers.world > 1:
            firings = step.firings.clone()
            self._peers.sum_all_([*self._gradients.tensors(), firings, figures])
            step = replace(step, firings=firings)
        return step, figures

    def _report(self, progress: Progress) -> None:
        """Read the figures of the last updates, note the end of a pass, save when it is time."""
        stop = self._look()
        self._end_epoch(progress)
        if self._peers.rank == 0 and time.monotonic() - self._saved >= self._checkpoint_seconds:
            self._save(self._config)
            self._saved = time.monotonic()
        self._listen(progress)
        if stop:
            raise Cancelled
        if progress.paused:
            self._save(self._config)  # a rest may be long, and end with the machine's
        progress.advance(self._state.position.documents, self._detail())
        self._mark = time.monotonic()  # a rest is no time of training

    def _listen(self, progress: Progress) -> None:
        """Do what is asked of the training, and tell how it stands."""
        watch, state = self._watch, self._state
        if watch is None:
            return
        for act in watch.reins.taken():
            before, self._config = self._config, changed(self._config, act)
            if self._config != before:
                passes = state.position.step / self._feed.order.steps
                state.record = state.record.with_change(told_change(act, before, self._config, passes))
        glances, fresh = self._glances, False
        if glances is not None and glances.due:
            glances.look(state.model, self._config.sae)
            fresh = True
        now = time.monotonic()
        ended = state.position.step % self._feed.order.steps == 0
        if not (fresh or ended or now - self._told >= EVERY_SECONDS):
            return
        self._told = now
        watch.told(
            Moment(
                record=state.record,
                documents=state.position.documents,
                total=self._config.epochs * len(self._data.rows),
                passes=self._config.epochs,
                features=state.model.features,
                dead=self._dead / state.model.features,
                unexplained=state.position.unexplained,
                seconds=state.position.seconds,
                alarms=self._alarms,
                remedies=remedies(self._alarms, self._config, len(self._data.rows)),
                examples=glances.found if glances is not None else (),
                looked=glances.taken if glances is not None else 0,
            )
        )

    def _end_here(self, progress: Progress) -> None:
        """Let the training end after this update, with the best weights that there were."""
        self._look()
        state, steps = self._state, self._feed.order.steps
        position = state.position
        kept = "the weights as they were then"
        if state.best and position.best is not None and self._fvu_now(progress) >= position.best:
            kept = "its best pass"
        else:
            state.best = {}
        done = f"{position.step / steps:.1f} of {self._config.epochs}"
        state.record = state.record.with_change(f"Stopped after {done} passes; kept were {kept}.")
        state.position = position.model_copy(update={"ended": True})

    def _fvu_now(self, progress: Progress) -> float:
        """The error on held-out documents in the middle of a pass."""
        state, position = self._state, self._state.position
        measured = epoch_record(
            state.model,
            self._vectors,
            self._data,
            self._config,
            state.firings.cpu().numpy(),
            epoch=1,
            step=position.step,
            documents=position.documents,
            seconds=position.seconds,
            documents_per_second=0.0,
            learning_rate=0.0,
            unexplained=position.unexplained,
            progress=progress,
        )
        return math.inf if measured.fvu is None else measured.fvu

    def _look(self) -> bool:
        """Take the figures of the updates since the last look into the position; True if one of the processes
        wishes to stop.
        """
        now = time.monotonic()
        position = self._state.position
        unexplained, first, stop = position.unexplained, position.first, 0.0
        figures = torch.stack(self._unread).tolist() if self._unread else []
        for number, (share, total, stops) in enumerate(figures, position.step - len(figures) + 1):
            first = share if first is None else first
            if has_diverged(share, total, first):
                raise DivergedError(share)
            # An average over about the last 50 batches, or over all of them while there are fewer.
            unexplained += max(0.02, 1 / number) * (share - unexplained)
            stop += stops
        self._unread.clear()
        self._state.position = position.model_copy(
            update={
                "unexplained": unexplained,
                "first": first,
                "seconds": position.seconds + now - self._mark,
            }
        )
        self._mark = now
        return stop > 0

    def _end_epoch(self, progress: Progress) -> None:
        """Measure and note the pass that has just ended, unless that has been done."""
        state, steps = self._state, self._feed.order.steps
        epoch, left = divmod(state.position.step, steps)
        if left or epoch == 0 or (state.record.epochs and state.record.epochs[-1].epoch >= epoch):
            return
        if self._peers.rank == 0:
            self._measure_epoch(epoch, progress)
        self._peers.spread_([part.detach() for part in state.model.parameters()])
        state.firings.zero_()
        self._look()
        state.position = state.position.model_copy(update={"epoch_began": state.position.seconds})

    def _measure_epoch(self, epoch: int, progress: Progress) -> None:
        state, config, position = self._state, self._config, self._state.position
        spent = position.seconds - position.epoch_began
        measured = epoch_record(
            state.model,
            self._vectors,
            self._data,
            config,
            state.firings.cpu().numpy(),
            epoch=epoch,
            step=position.step,
            documents=position.documents,
            seconds=position.seconds,
            documents_per_second=len(self._data.rows) / spent if spent > 0 else 0.0,
            learning_rate=learning_rate(config, position.step - 1, config.epochs * self._feed.order.steps),
            unexplained=position.unexplained,
            progress=progress,
        )
        state.record = state.record.with_epoch(measured)
        self._note_alarms()
        if config.keep == "best" and measured.fvu is not None and measured.fvu < (position.best or math.inf):
            # Copies: the arrays share their memory with the model.
            state.best = {name: array.copy() for name, array in state.model.arrays().items()}
            state.position = position.model_copy(update={"best": measured.fvu})

    def _note_alarms(self) -> None:
        record = self._state.record
        part_rows = self._state.position.part_rows
        self._alarms = alarms(record.epochs, self._config, len(self._data.rows), part_rows)
        sentences = tuple(alarm.sentence for alarm in self._alarms)
        self._state.record = record.model_copy(update={"alarms": sentences})

    def _detail(self) -> str:
        state = self._state
        last = state.record.epochs[-1] if state.record.epochs else None
        held = "" if last is None or last.fvu is None else f" (held out {last.fvu:.3f})"
        dead = f"dead features {self._dead / state.model.features:.1%}"
        notes = [f"unexplained {state.position.unexplained:.3f}{held}", dead]
        return " · ".join([*notes, *(alarm.short for alarm in self._alarms)])

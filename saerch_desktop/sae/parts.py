"""A batch that does not fit into the graphics card's memory is done in parts."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from saerch_desktop.errors import UserError
from saerch_desktop.sae import gradients as engine
from saerch_desktop.sae.config import TrainConfig
from saerch_desktop.sae.gradients import Gradients, Step
from saerch_desktop.sae.model import Model
from saerch_desktop.sae.peers import Peers


@dataclass(slots=True, eq=False)
class Parts:
    """rows: how many documents are done at a time; None while every batch has fitted as a whole."""

    rows: int | None = None

    def accumulate(
        self,
        model: Model,
        x: Tensor,
        config: TrainConfig,
        *,
        variance: float,
        dead: Tensor | None,
        batch: int,
        peers: Peers,
        gradients: Gradients,
    ) -> Step:
        """As `gradients.accumulate` for a fresh batch, whose gradients replace those in `gradients`.

        When memory runs out, the whole batch is done again in parts of half the size, which stays for the
        batches to come. Raises UserError when not even one document fits, or when other processes take part,
        which could not know of it.
        """
        while True:
            gradients.clear()
            steps: list[Step] = []
            pieces = torch.split(x, self.rows or max(1, len(x)))
            try:
                for part in pieces:
                    steps.append(
                        engine.accumulate(
                            model,
                            part,
                            config,
                            variance=variance,
                            dead=dead,
                            batch=batch,
                            peers=peers,
                            gradients=gradients,
                        )
                    )
                return _sum(steps, pieces)
            except torch.OutOfMemoryError as error:
                if peers.world > 1 or len(pieces[0]) <= 1:
                    raise _too_small(peers) from error
            # Outside of the handler, whose exception keeps the tensors of the attempt alive.
            self.rows = (len(pieces[0]) + 1) // 2
            del steps, pieces
            torch.cuda.empty_cache()


def _sum(steps: list[Step], pieces: tuple[Tensor, ...]) -> Step:
    first = steps[0]
    if len(steps) == 1:
        return first
    threshold = None
    if first.threshold is not None:
        weights = [len(piece) for piece in pieces]
        pairs = zip(weights, steps, strict=True)
        threshold = torch.stack(
            [weight * step.threshold for weight, step in pairs if step.threshold is not None]
        )
        threshold = threshold.sum() / sum(weights)
    return Step(
        unexplained=torch.stack([step.unexplained for step in steps]).sum(),
        total=torch.stack([step.total for step in steps]).sum(),
        firings=torch.stack([step.firings for step in steps]).sum(dim=0),
        threshold=threshold,
    )


def _too_small(peers: Peers) -> UserError:
    nothing = "The training stopped; documents, vectors and finished autoencoders are unharmed."
    if peers.world > 1:
        return UserError(
            "The graphics card's memory is too small for its share of a batch.",
            nothing,
            "Choose smaller batches or fewer features, or share the batches among more processes.",
        )
    return UserError(
        "The graphics card's memory is too small for this autoencoder, even with one document at a time.",
        nothing,
        "Choose fewer features, close other programs that use the card, or train on the processor.",
    )

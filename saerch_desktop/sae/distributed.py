"""Several processes, on one host or many, that train one autoencoder together: torch.distributed as torchrun
starts it.

Every process holds the whole autoencoder and works on its share of each batch; what they found is summed
before each update, so that all weights stay equal.
"""

from __future__ import annotations

import contextlib
import os
import shlex
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Final

import torch
import torch.distributed
from torch import Tensor

from saerch_desktop.errors import UserError
from saerch_desktop.sae.peers import Peers

_VARIABLES: Final = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
_PATIENCE: Final = timedelta(hours=2)  # the first process measures alone at the end
_PORT: Final = 29500


class Group(Peers):
    """This process among those of torch.distributed's default group, which must exist."""

    def __init__(self) -> None:
        self.rank = torch.distributed.get_rank()
        self.world = torch.distributed.get_world_size()

    def sum_(self, tensor: Tensor) -> None:
        self.sum_all_([tensor])

    def sum_all_(self, tensors: Iterable[Tensor]) -> None:
        with _explained():
            waits = [torch.distributed.all_reduce(tensor, async_op=True) for tensor in tensors]
            for wait in waits:
                if wait is not None:
                    wait.wait()

    def spread_(self, tensors: Iterable[Tensor]) -> None:
        with _explained():
            for tensor in tensors:
                torch.distributed.broadcast(tensor, src=0)

    def spread_text(self, text: str) -> str:
        # As plain bytes: the library's own way of sending objects unpickles what it receives.
        device = torch.device("cuda" if torch.distributed.get_backend() == "nccl" else "cpu")
        data = torch.frombuffer(bytearray(text.encode()) or bytearray(1), dtype=torch.uint8)
        length = torch.tensor([len(text.encode())], device=device)
        self.spread_([length])
        size = int(length)
        if size == 0:
            return ""
        room = data.to(device) if self.rank == 0 else torch.empty(size, dtype=torch.uint8, device=device)
        self.spread_([room])
        return bytes(room.cpu().tolist()).decode()


@contextlib.contextmanager
def peers_from_environment(device: str = "auto") -> Iterator[Peers]:
    """The processes that torchrun started, for as long as the block lasts; this one alone without torchrun.

    device: the training's. With graphics cards the processes of a host take one each and talk through NCCL,
    else through Gloo. Leaving the block ends the connection, which ends the training of the others too.
    Raises UserError when the processes cannot meet.
    """
    if any(name not in os.environ for name in _VARIABLES) or os.environ["WORLD_SIZE"] == "1":
        yield Peers()
        return
    local = int(os.environ.get("LOCAL_RANK", "0"))
    cards = 0 if device == "cpu" else torch.cuda.device_count()
    # Two processes cannot share a card through NCCL.
    on_cards = cards > 0 and int(os.environ.get("LOCAL_WORLD_SIZE", "1")) <= cards
    if on_cards:
        torch.cuda.set_device(local % cards)
    with _explained():
        torch.distributed.init_process_group("nccl" if on_cards else "gloo", timeout=_PATIENCE)
    try:
        yield Group()
    finally:
        torch.distributed.destroy_process_group()


def torchrun_line(arguments: Sequence[str], processes: int, hosts: int = 1) -> str:
    """The line to type that trains with `processes` processes on each of `hosts` hosts.

    arguments: those of the command `train`, from its name on. On several hosts the same line is typed on each
    of them, with the name of one of them in place of HOST.
    """
    rendezvous = f" --nnodes {hosts} --rdzv-backend c10d --rdzv-endpoint HOST:{_PORT}" if hosts > 1 else ""
    # Without a rendezvous of its own, a second training on the same host would find the port taken.
    alone = " --standalone" if hosts == 1 else ""
    given = shlex.join(arguments)
    return f"torchrun{alone} --nproc-per-node {processes}{rendezvous} -m saerch_desktop.cli {given}"


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    """Turn the errors of a lost or unreachable process, which are RuntimeErrors, into a UserError."""
    try:
        yield
    except RuntimeError as error:
        raise UserError(
            "The processes of this training lost each other: one of them stopped, or cannot be reached.",
            "The training stopped. What was saved last is unchanged and can be resumed.",
            "Look at the messages of the other processes, then start all of them again and resume.",
        ) from error

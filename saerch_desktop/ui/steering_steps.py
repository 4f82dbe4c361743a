"""What the sliders say altogether, and the steps by which steering is undone."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass

from PySide6.QtGui import QUndoCommand

from saerch_desktop.search.blends import BlendEdit
from saerch_desktop.search.steering import Edit


@dataclass(frozen=True, slots=True)
class Mix:
    """edits: of features, none of them zero. blends: all that the mixer offers, those at natural with 0."""

    edits: tuple[Edit, ...] = ()
    blends: tuple[BlendEdit, ...] = ()

    @property
    def moved(self) -> tuple[BlendEdit, ...]:
        """The blends that steer."""
        return tuple(edit for edit in self.blends if edit.amount)

    def offers(self, key: str) -> BlendEdit | None:
        return next((edit for edit in self.blends if edit.blend.key == key), None)


class SteeringStep(QUndoCommand):
    """From one mix to another; the changes of one gesture on one slider become one step."""

    def __init__(self, apply: Callable[[Mix], None], old: Mix, new: Mix, gesture: int) -> None:
        super().__init__("steering")
        self._apply = apply
        self._old = old
        self._new = new
        self._gesture = gesture

    def id(self) -> int:
        return 1

    def redo(self) -> None:
        self._apply(self._new)

    def undo(self) -> None:
        self._apply(self._old)

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, SteeringStep) or other._gesture != self._gesture:
            return False
        if _touched(self._old, self._new) != _touched(other._old, other._new):
            return False
        self._new = other._new
        return True


def _touched(old: Mix, new: Mix) -> frozenset[Hashable]:
    before, after = _values(old), _values(new)
    return frozenset(slider for slider in {**before, **after} if before.get(slider) != after.get(slider))


def _values(mix: Mix) -> dict[Hashable, float]:
    """How far each slider was moved, by feature or by the key of its blend."""
    values: dict[Hashable, float] = {edit.feature: edit.delta for edit in mix.edits}
    values.update((edit.blend.key, edit.amount) for edit in mix.moved)
    return values

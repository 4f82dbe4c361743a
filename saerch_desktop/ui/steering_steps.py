"""The steps by which steering is undone."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from PySide6.QtGui import QUndoCommand

from saerch_desktop.search.mix import Mix


class SteeringStep(QUndoCommand):
    """From one mix to another; the changes of one gesture on one slider become one step."""

    def __init__(self, apply: Callable[[Mix], None], old: Mix, new: Mix, gesture: int) -> None:
        super().__init__(_named(old, new))
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


def _named(old: Mix, new: Mix) -> str:
    """What the step is called where it can be undone."""
    for part, word in (
        ("muted", "muting"),
        ("soloed", "solo"),
        ("locked", "locking"),
        ("budget", "the limit"),
    ):
        if getattr(old, part) != getattr(new, part) and (old.edits, old.moved) == (new.edits, new.moved):
            return word
    return "steering"


def _touched(old: Mix, new: Mix) -> frozenset[Hashable]:
    before, after = _values(old), _values(new)
    return frozenset(slider for slider in {**before, **after} if before.get(slider) != after.get(slider))


def _values(mix: Mix) -> dict[Hashable, Hashable]:
    """How far each slider was moved, by feature or by the key of its blend, and what else is set."""
    values: dict[Hashable, Hashable] = {edit.feature: edit.delta for edit in mix.edits}
    values.update((edit.blend.key, edit.amount) for edit in mix.moved)
    for what, sliders in (("muted", mix.muted), ("soloed", mix.soloed), ("locked", mix.locked)):
        values.update(((what, slider), True) for slider in sliders)
    values["budget",] = mix.budget
    return values

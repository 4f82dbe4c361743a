"""The inspector's top: name, source and grade, decisions by button and in place, all claims on demand."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton
from ui.feature_support import button, click, named, pane, settle, texts
from ui.made_up import LONG, card, dead_card

from saerch_desktop.features.marks import Mark
from saerch_desktop.ui.feature_pane import FeaturePane

__all__ = ["pane"]


class TestHead:
    def test_name_source_and_grade_are_always_together(self, pane: FeaturePane) -> None:
        assert pane.head.name.whole == "label 3"
        about = pane.head.about.text()
        for part in ("#3", "named by small-model", "grade B, very good"):
            assert part in about
        assert pane.head.chip.grade == "B"
        assert "93 of 100" in pane.head.chip.toolTip()

    def test_its_acts(self, pane: FeaturePane, qtbot) -> None:
        for control, signal in ((pane.head.add, pane.add_to_mixer), (pane.head.ask, pane.feature_as_query)):
            with qtbot.waitSignal(signal) as caught:
                click(control)
            assert caught.args == [3]

    def test_what_is_in_the_mixer_needs_no_adding(self, pane: FeaturePane) -> None:
        add = pane.head.add
        pane.set_mixed([4])
        assert (add.text(), add.isEnabled()) == ("Add to mixer", True)
        pane.set_mixed([3, 4])
        assert (add.text(), add.isEnabled()) == ("In the mixer", False)
        assert "already" in add.toolTip()
        assert add.accessibleName() == "In the mixer"
        pane.set_card(card(feature=5), None, texts)
        assert (add.text(), add.isEnabled()) == ("Add to mixer", True)
        pane.set_card(card(), None, texts)
        assert not add.isEnabled()
        pane.set_mixed([])
        assert add.isEnabled()
        assert add.accessibleName() == "Add this feature to the mixer"

    def test_verdicts_go_out_and_come_back(self, pane: FeaturePane, qtbot) -> None:
        head = pane.head
        verdicts = ((head.verify, head.verified), (head.flag, head.flagged), (head.pin, head.pinned))
        for control, signal in verdicts:
            with qtbot.waitSignal(signal) as caught:
                click(control)
            assert caught.args == [True]
        decided = Mark(feature=3, verified=True, flagged=True, pinned=True, tags=("gas",), note="look again")
        pane.set_card(card(mark=decided), None, texts)
        for word in ("verified", "flagged", "pinned"):
            assert word in head.about.text()
        assert head.verify.isChecked()
        assert "take that back" in head.verify.toolTip()
        assert head.note.toPlainText() == "look again"
        assert head.note.isVisible()
        with qtbot.waitSignal(head.verified) as caught:
            click(head.verify)
        assert caught.args == [False]
        with qtbot.waitSignal(head.rejected) as caught:
            click(head.reject)
        assert caught.args == ["label 3"]

    def test_renaming_in_place(self, pane: FeaturePane, qtbot) -> None:
        head = pane.head
        click(head.rename)
        assert head.line.isVisible()
        assert not head.name.isVisible()
        assert head.line.selectedText() == "label 3"
        QTest.keyClicks(head.line, "gas discs")
        with qtbot.waitSignal(head.renamed) as caught:
            QTest.keyClick(head.line, Qt.Key.Key_Return)
        assert caught.args == ["gas discs"]
        assert not head.line.isVisible()
        assert head.name.isVisible()
        click(head.rename)
        with qtbot.assertNotEmitted(head.renamed):
            QTest.keyClicks(head.line, "never mind")
            QTest.keyClick(head.line, Qt.Key.Key_Escape)
        assert head.name.isVisible()

    def test_tags_are_added_and_taken_away(self, pane: FeaturePane, qtbot) -> None:
        tags = pane.head.tags
        assert not tags.isVisible()
        click(pane.head.tag)
        QTest.keyClicks(tags.line, "to do")
        with qtbot.waitSignal(pane.head.tag_added) as caught:
            QTest.keyClick(tags.line, Qt.Key.Key_Return)
        assert caught.args == ["to do"]
        pane.set_card(card(mark=Mark(feature=3, tags=("to do",))), None, texts, named, ("other", "to do"))
        chip = next(one for one in tags.row.findChildren(QToolButton) if one.text() == "to do")
        with qtbot.waitSignal(pane.head.tag_removed) as caught:
            click(chip)
        assert caught.args == ["to do"]

    def test_a_note_is_kept_when_left(self, pane: FeaturePane, qtbot) -> None:
        note = pane.head.note
        click(pane.head.write)
        qtbot.waitUntil(note.hasFocus)
        QTest.keyClicks(note, "see row 4")
        with qtbot.waitSignal(pane.noted) as caught:
            pane.head.add.setFocus()
        assert caught.args == [3, "see row 4"]
        note.start()
        QTest.keyClicks(note, " and more")
        with qtbot.assertNotEmitted(pane.noted):
            QTest.keyClick(note, Qt.Key.Key_Escape)
            settle()

    def test_a_note_being_written_goes_to_its_own_feature(self, pane: FeaturePane, qtbot) -> None:
        pane.head.note.start()
        QTest.keyClicks(pane.head.note, "of three")
        with qtbot.waitSignal(pane.noted) as caught:
            pane.set_card(card(9), None, texts)
        assert caught.args == [3, "of three"]
        assert not pane.head.note.isVisible()

    def test_junk_is_said(self, pane: FeaturePane) -> None:
        from dataclasses import replace

        assert not pane.head.remark.isVisible()
        pane.set_card(replace(card(), junk=True), None, texts)
        assert pane.head.remark.isVisible()

    def test_a_very_long_name_keeps_to_three_lines(self, pane: FeaturePane) -> None:
        pane.set_card(card(), lambda _: LONG, texts)
        settle()
        assert pane.head.name.text().count("\n") == 2
        assert pane.head.name.text().endswith("…")
        assert pane.head.name.toolTip() == LONG
        assert pane.head.name.accessibleName() == f"Feature {LONG}"

    def test_nothing_to_verify_without_a_name(self, pane: FeaturePane) -> None:
        pane.set_card(dead_card(), None, texts)
        assert "never active" in pane.head.about.text()
        assert not pane.head.verify.isEnabled()
        assert not pane.head.reject.isEnabled()
        assert not pane.head.chip.isVisible()
        assert not pane.claims.isVisible()


class TestClaims:
    def test_all_evidence_on_demand(self, pane: FeaturePane) -> None:
        assert pane.claims.rows() == []
        assert pane.claims.fold.toggle.text() == "Why this name, and 1 more"
        click(pane.claims.fold.toggle)
        first, second = pane.claims.rows()
        said = " ".join(part.text() for part in first.findChildren(type(pane.head.about)))
        for part in (
            "small-model", "10 documents", "2026-11-20", "prompt v2", "Pearson 0.81", "F1 0.75",
            "93 of 100 (88 to 97), 50 + 50 documents", "Pearson 0.81", "F1 0.75", "6 documents",
            "another idea (0.90)", "All of them speak of discs.",
        ):  # fmt: skip
            assert part in said
        assert any("Not tested" in part.text() for part in second.findChildren(type(pane.head.about)))

    def test_names_are_taken_rejected_and_restored(self, pane: FeaturePane, qtbot) -> None:
        click(pane.claims.fold.toggle)
        settle()
        with qtbot.waitSignal(pane.name_taken) as caught:
            click(button(pane.claims, "Use this name"))
        assert caught.args[0] == 3
        assert caught.args[1].source == "phrases"
        with qtbot.waitSignal(pane.claims.rejected) as caught:
            click(button(pane.claims, "Reject"))
        assert caught.args == ["label 3"]
        pane.set_card(card(mark=Mark(feature=3, rejected=("bad name",))), None, texts)
        settle()
        with qtbot.waitSignal(pane.claims.restored) as caught:
            click(button(pane.claims, "Take back"))
        assert caught.args == ["bad name"]

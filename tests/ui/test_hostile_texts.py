"""Texts of documents, names, tags and facets that want to be markup are shown as texts, in every view."""

from __future__ import annotations

import re
from pathlib import Path

import hostile_library
import pytest
from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QModelIndex, Qt
from PySide6.QtGui import Qt as GuiQt
from PySide6.QtWidgets import QAbstractItemView, QLabel, QTextBrowser, QTextEdit, QWidget
from window_support import OpenWindow

from saerch_desktop.ui.window import MainWindow

# What the made-up texts want to be once they are rich text.
EVIL = re.compile(r"<(script|img|iframe|style|svg|/td)|kind<b>", re.IGNORECASE)
ROLES = (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.StatusTipRole, Qt.ItemDataRole.WhatsThisRole)
_ROWS = 40
might_be_rich = GuiQt.mightBeRichText


@pytest.fixture(scope="module")
def hostile_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile_library.make(tmp_path_factory.mktemp("hostile") / "hostile.saerch")


@pytest.fixture
def window(open_window: OpenWindow, hostile_path: Path) -> MainWindow:
    window = open_window()
    window.controller.library.open(hostile_path)
    for dock in window.docks:
        dock.show()
    return window


def dangers(window: QWidget) -> list[str]:
    """Where a text of others would be taken for rich text."""
    found = []
    for widget in (window, *window.findChildren(QWidget)):
        where = f"{type(widget).__name__} {widget.objectName() or widget.accessibleName()}"
        for kind, text in (("tooltip", widget.toolTip()), ("what is this", widget.whatsThis())):
            if EVIL.search(text) and might_be_rich(text):
                found.append(f"{where}: {kind}: {text[:80]!r}")
        if isinstance(widget, QLabel) and EVIL.search(widget.text()):
            rich = widget.textFormat() == Qt.TextFormat.RichText
            guessed = widget.textFormat() in (Qt.TextFormat.AutoText, Qt.TextFormat.MarkdownText)
            if rich or (guessed and might_be_rich(widget.text())):
                found.append(f"{where}: label: {widget.text()[:80]!r}")
        if isinstance(widget, QTextEdit | QTextBrowser):
            page = widget.toHtml()
            if re.search(r"<(img|script|iframe|svg)", page, re.IGNORECASE):
                found.append(f"{where}: page")
        if isinstance(widget, QAbstractItemView) and widget.model() is not None:
            found += [f"{where}: {said}" for said in cells(widget.model())]
    return found


def cells(model: QAbstractItemModel) -> list[str]:
    found = []
    none = QModelIndex()
    for row in range(min(_ROWS, model.rowCount(none))):
        for column in range(1 if isinstance(model, QAbstractListModel) else model.columnCount(none)):
            for role in ROLES:
                text = model.data(model.index(row, column, none), role)
                if isinstance(text, str) and EVIL.search(text) and might_be_rich(text):
                    found.append(f"cell {row}, {column}: {text[:80]!r}")
    return found


def seen(window: QWidget, part: str) -> bool:
    """Whether that text of others is shown anywhere as it is."""
    labels = any(part in label.text() for label in window.findChildren(QLabel))
    pages = any(part in page.toPlainText() for page in window.findChildren(QTextEdit))
    return labels or pages


def test_a_steered_search_and_everything_beside_it(window: MainWindow) -> None:
    controller, store = window.controller, window.store
    assert dangers(window) == []
    controller.search.like_document(8)
    assert store.query is not None
    for row in range(len(hostile_library.ALL)):
        controller.inspect.document(row)
        if row in (7, 8, 10):
            assert dangers(window) == []
    controller.inspect.document(7)
    assert seen(window, hostile_library.MARKUP[0]), "and the text can be read"
    assert dangers(window) == []
    for feature in store.query.indices.tolist()[:3]:
        controller.search.add(int(feature))
        controller.inspect.feature(int(feature))
        assert dangers(window) == []


def test_words_filters_and_the_families(window: MainWindow) -> None:
    controller, store = window.controller, window.store
    controller.search.set_kind("words")
    controller.search.submit("script")
    assert store.keyword_hits
    assert dangers(window) == []
    controller.search.set_kind("meaning")
    controller.search.like_document(9)
    controller.search.add_filter("#7>0")
    store.selected = tuple(range(12))
    assert dangers(window) == []
    families = list(store.book) if store.book is not None else []
    if families:
        store.family = families[0].key
    assert dangers(window) == []


@pytest.mark.expects_log
def test_messages(window: MainWindow) -> None:
    from saerch_desktop.errors import UserError

    evil = hostile_library.MARKUP[1]
    window.controller.fail(UserError(evil, evil, evil))
    window.controller.fail(ValueError(evil), evil)
    assert dangers(window) == []

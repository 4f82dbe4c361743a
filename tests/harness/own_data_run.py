"""Take a table of texts through both wizards to a labelled library that can be steered, by real events.

    python tests/harness/own_data_run.py --texts FILE.jsonl.gz --out DIR [--rows 10000] [--pictures]
        [--vectors FILE.npy]

FILE holds one JSON object a line with a title and an abstract; its first rows are written as a CSV with some
faults in it. The vectors are computed by MiniLM, or come from a file with a row for each line. Every press
and key goes through Qt's event queue to the control that a user would use. The program's own data and its
settings are kept in DIR. Prints how long each step took, and writes it to times.json.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

LONGEST_S = 7200.0


class Run:
    """The window, what was timed, and the means to wait and to press."""

    def __init__(self, out: Path, pictures: bool) -> None:
        from PySide6.QtWidgets import QApplication

        from saerch_desktop.ui import dialogs, theme
        from saerch_desktop.ui.controller import Controller
        from saerch_desktop.ui.jobs import JobRunner
        from saerch_desktop.ui.window import MainWindow

        self.out, self.pictures = out, pictures
        self.times: dict[str, float] = {}
        self.app = QApplication.instance() or QApplication(["saerch-desktop"])
        theme.apply(self.app, "light")
        self.answers: list[Path] = []
        dialogs.replace(_Answers(self.answers))
        self.window = MainWindow(Controller(runner=JobRunner()))
        self.window.resize(1360, 860)
        self.window.show()
        self.began = self.last = time.monotonic()

    def wait(self, what: str, until: Callable[[], object], longest_s: float = LONGEST_S) -> None:
        """Let the window live until something holds; a message of trouble ends the run."""
        from PySide6.QtCore import QEventLoop, QTimer

        loop, deadline = QEventLoop(), time.monotonic() + longest_s
        while not until():
            if time.monotonic() > deadline:
                raise SystemExit(f"Waited {longest_s:.0f} s in vain: {what}")
            QTimer.singleShot(20, loop.quit)
            loop.exec()

    def step(self, name: str) -> None:
        """A step is over: note its time, and take a picture."""
        now = time.monotonic()
        self.times[name] = now - self.last
        self.last = now
        print(f"{now - self.began:8.1f} s  {name}: {self.times[name]:.1f} s", flush=True)

    def shoot(self, name: str, widget: Any) -> None:
        if self.pictures:
            widget.grab().save(str(self.out / f"{name}.png"))

    def press(self, button: Any) -> None:
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        self.wait(f"{button.text()} can be pressed", lambda: button.isVisible() and button.isEnabled())
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def part(self, kind: type) -> Any:
        return next(part for part in self.window.parts if isinstance(part, kind))


class _Answers:
    """Stands in for the system's file pickers, which no event reaches: the paths a user would choose."""

    def __init__(self, answers: list[Path]) -> None:
        self._answers = answers

    def open_file(self, *_: object) -> Path | None:
        return self._answers.pop(0)

    open_folder = open_file

    def __getattr__(self, name: str) -> Any:
        raise SystemExit(f"The program asked something that was not expected: {name}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--pictures", action="store_true")
    wanted = parser.parse_args()
    wanted.out.mkdir(parents=True, exist_ok=True)
    out = wanted.out.resolve()
    for name in ("CONFIG", "DATA", "CACHE", "STATE"):
        os.environ[f"XDG_{name}_HOME"] = str(out / name.lower())
    if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    source = written(wanted.texts, out / "papers.csv", wanted.rows, twice=wanted.vectors is None)
    run = Run(out, wanted.pictures)
    imported(run, source, None if wanted.vectors is None else first_rows(wanted.vectors, out, wanted.rows))
    trained(run)
    steered(run)
    run.times["all"] = time.monotonic() - run.began
    (out / "times.json").write_text(json.dumps(run.times, indent=2) + "\n", encoding="utf-8")
    run.window.close()
    print(f"From the first press to a steered ranking: {run.times['all'] / 60:.1f} min")
    return 0


def first_rows(vectors: Path, out: Path, rows: int) -> Path:
    """The vectors of the first rows, as a file of their own."""
    import numpy as np

    np.save(out / "vectors.npy", np.load(vectors, mmap_mode="r")[:rows])
    return out / "vectors.npy"


def written(texts: Path, path: Path, rows: int, *, twice: bool) -> Path:
    """The first rows as a CSV, as people have them: one text is empty, and one row may stand `twice`."""
    with (
        gzip.open(texts, "rt", encoding="utf-8") as stream,
        path.open("w", newline="", encoding="utf-8") as to,
    ):
        table = csv.writer(to)
        table.writerow(["id", "title", "abstract", "categories", "year"])
        for number, line in enumerate(stream):
            if number == rows:
                break
            paper = json.loads(line)
            categories = paper.get("categories", "")
            if isinstance(categories, list):
                categories = " ".join(categories)
            abstract = "" if number == 17 else paper["abstract"]
            row = [paper["id"], paper["title"], abstract, categories, paper.get("year", "")]
            table.writerow(row)
            if number == 23 and twice:
                table.writerow(row)
    return path


def imported(run: Run, source: Path, vectors: Path | None) -> None:
    """Through the import wizard, page by page, to a library with vectors."""
    from PySide6.QtTest import QTest

    from saerch_desktop.ui.import_part import ImportPart

    part = run.part(ImportPart)
    run.press(run.window.start_page.new)
    run.wait("the wizard opens", lambda: part.wizard is not None)
    wizard = part.wizard
    run.answers.append(source)
    run.press(wizard.source_page.choose_file)
    run.wait("the file is read", wizard.next.isEnabled)
    run.shoot("1-file", wizard)
    run.step("the file is looked at")
    run.press(wizard.next)
    run.wait("the problems are counted", lambda: wizard.desk.survey is not None)
    run.shoot("2-columns", wizard)
    run.step("its columns are guessed and its problems counted")
    run.press(wizard.next)
    if vectors is None:
        run.wait("the model is tried", lambda: wizard.desk.speed is not None)
        run.step("the model's speed is measured")
        run.times["foretold for the vectors"] = wizard.desk.speed.seconds(wizard.desk.documents())
    else:
        run.press(wizard.vectors_page.radios["given"])
        run.answers.append(vectors)
        run.press(wizard.vectors_page.given.choose)
        made_by = wizard.vectors_page.given.made_by.lineEdit()
        made_by.selectAll()
        QTest.keyClicks(made_by, "minilm")
        run.wait("the vectors are checked", wizard.next.isEnabled)
        run.step("the vectors are checked")
    run.shoot("3-vectors", wizard)
    run.press(wizard.next)
    run.answers.append(run.out)
    run.press(wizard.check_page.choose)
    wizard.check_page.name.selectAll()
    QTest.keyClicks(wizard.check_page.name, "My papers")
    run.shoot("4-check", wizard)
    run.press(wizard.go)
    store = run.window.store
    run.wait("the texts are imported", lambda: store.library is not None and store.library.documents > 0)
    run.step("words can be searched")
    run.wait(
        "the vectors are made", lambda: store.library.semantic and not run.window.controller.library.busy
    )
    run.step("meaning can be searched")
    if (foretold := run.times.get("foretold for the vectors")) is not None:
        took = run.times["meaning can be searched"]
        print(f"            the vectors were foretold to take {foretold:.0f} s, and took {took:.0f} s")


def trained(run: Run) -> None:
    """Through the training wizard, which the message after the import offers, to families of features."""
    from saerch_desktop.ui.train_part import TrainPart

    part = run.part(TrainPart)
    run.wait("training is offered", lambda: any(card.act_button for card in run.window.notices.cards))
    run.press(next(card.act_button for card in run.window.notices.cards if card.act_button))
    run.wait("the training window opens", lambda: part.training is not None and part.desk.flow is not None)
    training = part.training
    run.shoot("5-goal", training)
    run.press(training.next)
    run.wait("the plan is worked out", training.go.isEnabled)
    run.shoot("6-plan", training)
    run.step("the training is planned")
    run.press(training.go)
    library = run.window.controller.library
    run.wait("the training runs", lambda: library.busy)
    store = run.window.store
    run.wait("the features are there", lambda: store.library.steering and not library.busy)
    run.shoot("7-after", training)
    run.step("features are trained, named and grouped")
    training.close()


def steered(run: Run) -> None:
    """Type a query, then move the first slider with the arrow keys."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    window, store = run.window, run.window.store
    QTest.keyClicks(window.search_pane.query, "graph neural networks for molecules")
    QTest.keyClick(window.search_pane.query, Qt.Key.Key_Return)
    run.wait("something is found", lambda: store.ranking is not None and window.controller.search.entries())
    run.step("a query is answered")
    entry = window.controller.search.entries()[0]
    run.wait("its slider is there", lambda: window.search_pane.mixer.rows.row_of(entry.feature) is not None)
    before = [int(row) for row in store.ranking.ranking.rows[:50]]
    slider = window.search_pane.mixer.rows.row_of(entry.feature).slider
    slider.setFocus()
    for _ in range(5):
        QTest.keyClick(slider, Qt.Key.Key_Right)
    run.wait("the ranking moves", lambda: [int(row) for row in store.ranking.ranking.rows[:50]] != before)
    run.step("the results are steered")
    run.shoot("8-steered", window)
    labels = [one.label for one in window.controller.search.entries()]
    named = sum(bool(label) for label in labels)
    print(f"{store.library.documents:,} documents, {store.library.features:,} features; of the query's")
    print(f"{len(labels)} features {named} have names, such as: {', '.join(labels[:5])}")


if __name__ == "__main__":
    sys.exit(main())

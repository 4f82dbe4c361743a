"""A small trained library whose every text tries to be something else: a formula, markup, a path."""

from __future__ import annotations

import json
from pathlib import Path

from small_library import EPOCHS, FEATURES, SUBJECTS, K, WordEmbedder

from saerch_desktop.progress import Progress

FORMULAS = ("=HYPERLINK(1)", "+1+1", "-2+3", "@SUM(A1)", "\tx", "'=1", "=cmd|' /C calc'!A0")
MARKUP = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</td></table></html><iframe src=//evil.example>",
    "<style>*{background:url(https://evil.example/x)}</style>",
    "javascript:alert(1)",
    "&lt;script&gt; &#60;b&#62;",
    "<!-- --><svg/onload=alert(1)>",
    "\u202egnp.exe\u2066",
    "\x1b[2J\x07",
)
PATHS = ("../../etc/passwd", "C:\\Windows\\x", "a/b", "con", "\x00nul")
ALL = (*FORMULAS, *MARKUP, *PATHS)
COUNT = 90


def records() -> list[dict[str, str]]:
    subjects = list(SUBJECTS)
    made = []
    for number in range(COUNT):
        evil, subject = ALL[number % len(ALL)], subjects[number % len(subjects)]
        words = " ".join(SUBJECTS[subject])
        made.append(
            {
                "id": f"{evil}{number}",
                "title": f"{evil} {subject}",
                "text": f"{evil} {subject} {words} number {number}",
                "=kind<b>": evil,
            }
        )
    return made


def make(path: Path) -> Path:
    """The library, with a trained SAE, families, and hostile names of features, tags and notes."""
    from saerch_desktop.embedding.job import embed_library
    from saerch_desktop.features.marks import Mark, save_marks
    from saerch_desktop.library.importing import import_file
    from saerch_desktop.library.library import Library
    from saerch_desktop.library.roles import Roles
    from saerch_desktop.workflow.build import Wishes, train_sae
    from saerch_desktop.workflow.families import build_families

    path.parent.mkdir(parents=True, exist_ok=True)
    source = path.parent / "hostile.jsonl"
    source.write_text("".join(json.dumps(record) + "\n" for record in records()), encoding="utf-8")
    roles = Roles(id="id", title="title", text=("text",), facets=("=kind<b>",))
    import_file(source, path, roles=roles, progress=Progress())
    with Library.open(path, write=True) as library:
        embed_library(library, WordEmbedder(), Progress())
    train_sae(path, "small", Wishes(features=FEATURES, k=K, epochs=EPOCHS, device="cpu"), Progress())
    with Library.open(path) as library:
        folder = library.sae_folder("small")
    marks = [
        Mark(feature=f, text=f"{ALL[f % len(ALL)]} name", tags=(ALL[f % 5],), note=ALL[(f + 3) % len(ALL)])
        for f in range(FEATURES)
    ]
    save_marks(folder, FEATURES, marks)
    build_families(path, "small", Progress(), method="paper")
    return path

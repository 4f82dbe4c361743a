"""A retrieval set in BEIR's layout over the small corpus."""

from __future__ import annotations

import json
from pathlib import Path

import small_library


def write_set(folder: Path) -> Path:
    """Corpus, two questions and their answers, in `folder`, which is made."""
    (folder / "qrels").mkdir(parents=True)
    corpus = [{"_id": r["id"], "title": r["title"], "text": r["text"]} for r in small_library.records()]
    queries = [{"_id": "q1", "text": "oven dough"}, {"_id": "q2", "text": "pawn"}]
    for name, lines in (("corpus", corpus), ("queries", queries)):
        written = "".join(json.dumps(line) + "\n" for line in lines)
        (folder / f"{name}.jsonl").write_text(written, encoding="utf-8")
    judged = "query-id\tcorpus-id\tscore\nq1\tdoc-1\t1\nq1\tdoc-7\t1\nq2\tdoc-2\t1\n"
    (folder / "qrels" / "test.tsv").write_text(judged, encoding="utf-8")
    return folder

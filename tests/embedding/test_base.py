from __future__ import annotations

import pytest

from saerch_desktop.embedding.base import document_text, encodable


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        ("Title", "Text", "Title\n\nText"),
        ("", "Text", "Text"),
        ("Title", "", "Title"),
        ("  ", "\n", ""),
        (" Title ", "Text\n", "Title\n\nText"),
    ],
)
def test_document_text(title: str, text: str, expected: str) -> None:
    assert document_text(title, text) == expected


def test_encodable_replaces_only_half_characters() -> None:
    assert encodable("naïve 🚀") == "naïve 🚀"
    assert encodable("a\ud800b") == "a?b"

"""What a service is asked for, so that its troubles are told in the words of the job at hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Purpose:
    """Parts of sentences. doing: "Embedding" with a host; instead: what works offline; kept: what survives
    trouble; service: what the service should be; fit: what to check about a model that refuses everything.
    """

    doing: str
    instead: str
    kept: str
    service: str
    fit: str


EMBEDDING: Final = Purpose(
    doing="Embedding",
    instead="use the built-in model, which works offline",
    kept="Texts embedded before this are kept and will not be paid for again.",
    service="an embedding service",
    fit="Check that the model makes embeddings of texts.",
)

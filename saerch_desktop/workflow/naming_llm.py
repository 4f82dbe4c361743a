"""Name features by a language model: an estimate first, then the naming itself, from a library's folder."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from saerch_desktop.errors import UserError
from saerch_desktop.features.llm.plan import Plan
from saerch_desktop.features.llm.report import LlmReport
from saerch_desktop.features.llm.settings import LlmSettings
from saerch_desktop.progress import Progress

__all__ = ["LlmReport", "LlmSettings", "Plan", "first_request", "name_by_llm", "plan_llm"]


def plan_llm(path: Path, sae: str, settings: LlmSettings, progress: Progress) -> Plan:
    """What naming would take. Sends nothing, needs neither permission nor key; seconds at most.

    path: the library's folder. UserError: library, SAE, feature or setting unusable. Cancelled.
    """
    raise _not_ready()


def first_request(path: Path, sae: str, settings: LlmSettings, progress: Progress) -> dict[str, Any]:
    """The first request that would be sent, exactly: the address under "url" and what goes there under "body".

    Sends nothing. UserError as `plan_llm`.
    """
    raise _not_ready()


def name_by_llm(
    path: Path,
    sae: str,
    settings: LlmSettings,
    progress: Progress,
    pause: threading.Event | None = None,
) -> LlmReport:
    """Name features, test the names, and keep them in the SAE's `labels_llm.json` as it goes.

    Resumes by itself: what the journal beside the SAE holds is not paid for again. Opens the library for
    reading only; the window shows new names after `controller.library.refresh(path)`. progress: stages
    "Naming features" (features, `detail` says what is spent) and "Testing names". pause: while set, no
    request is begun; those under way are finished and kept. A budget that is reached ends the run without
    an error (`LlmReport.stopped`). Raises Cancelled (within 0.2 s; everything answered is kept), UserError
    when the service as a whole cannot be used, is not permitted, or there is no cap where money is spent.
    """
    raise _not_ready()


def _not_ready() -> UserError:
    return UserError("Naming by a language model is not built in yet.", "Nothing was sent.", "Name offline.")

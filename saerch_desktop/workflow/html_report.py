"""A report that others can open: one file with results, what steered them, features, families and method."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from saerch_desktop import __version__, files
from saerch_desktop.errors import UserError
from saerch_desktop.workflow.html_page import Markup, page, tag
from saerch_desktop.workflow.html_report_made import made_section, method_section
from saerch_desktop.workflow.html_report_results import results_section, search_section
from saerch_desktop.workflow.html_report_tables import families_section, features_section

if TYPE_CHECKING:
    from saerch_desktop.progress import Progress
    from saerch_desktop.workflow.exporting import Shown
    from saerch_desktop.workflow.session import Session

_STAGES: Final = ("Reading results", "Reading features", "Writing the report")


def write_report(
    path: Path, session: Session, shown: Shown | None, progress: Progress, *, title: str = ""
) -> int:
    """Write the report on a search, or without one on the library alone, as one HTML file; its bytes.

    The page asks nothing of any network and runs nothing but its own script, which sorts its tables; texts of
    documents and names are escaped. Raises UserError (the file cannot be written), Cancelled; a former file
    stays then.
    """
    if path.suffix.casefold() != ".html":
        raise UserError(
            f"{path.name} does not end in .html.", "Nothing was written.", "Choose a name that ends in .html."
        )
    files.require_outside_libraries(path)
    data = report(session, shown, progress, title=title)
    progress.begin(_STAGES[2])
    with files.replacing(path) as stream:
        stream.write(data)
    return len(data)


def report(session: Session, shown: Shown | None, progress: Progress, *, title: str = "") -> bytes:
    """The page that `write_report` writes."""
    progress.plan(_STAGES)
    name = session.library.manifest.name.removesuffix(".saerch")
    query = "" if shown is None or shown.ranking is None else shown.ranking.query.text
    heading = title.strip() or (f"{name}: {query}" if query else name)
    progress.begin(_STAGES[0])
    sections: list[tuple[str, str, Markup]] = []
    if shown is not None:
        if shown.ranking is not None:
            sections.append(("search", "What was asked", search_section(session, shown, shown.ranking)))
        sections.append(("results", "Results", results_section(session, shown, progress)))
    progress.begin(_STAGES[1])
    sections += [
        (anchor, called, section)
        for anchor, called, section in (
            ("features", "Features", features_section(session, shown)),
            ("families", "Families", families_section(session)),
            ("made", "How it was made", made_section(session)),
            ("method", "How to read this", method_section(session)),
        )
        if section
    ]
    return page(heading, _body(heading, name, session, sections))


def _body(
    heading: str, name: str, session: Session, sections: list[tuple[str, str, Markup]]
) -> Iterator[Markup]:
    when = f"{datetime.now(UTC):%Y-%m-%d %H:%M}"
    count = len(session.library.documents)
    features = session.features
    with_features = f", {features.sae.config.features:,} features" if features is not None else ""
    yield tag(
        "header",
        tag("h1", heading, dir="auto"),
        tag(
            "p",
            f"Library “{name}”: {count:,} documents{with_features}. Written on {when} (UTC).",
            class_="muted",
        ),
        tag(
            "nav",
            *(tag("a", called, href=f"#{anchor}") for anchor, called, _ in sections),
            aria_label="Sections",
        ),
    )
    yield tag(
        "main",
        *(
            tag(
                "section",
                tag("h2", called, id=f"{anchor}-h"),
                section,
                id=anchor,
                aria_labelledby=f"{anchor}-h",
            )
            for anchor, called, section in sections
        ),
    )
    yield tag(
        "footer",
        f"Written by SAErch Desktop {__version__}. This page is one file: it asks nothing of any network.",
    )

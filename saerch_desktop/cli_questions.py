"""The command that asks a corpus questions in terms of features: what sets documents apart, what predicts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from saerch_desktop.cli_options import Json, LibraryDir, SaeName, Top
from saerch_desktop.cli_progress import job
from saerch_desktop.errors import UserError

WhereFilter = Annotated[
    str,
    typer.Option(
        "--where",
        metavar="FILTER",
        help="Documents asked about, such as 'categories:cs.CV year>=2018 -survey'.",
        show_default=False,
    ),
]
AgainstFilter = Annotated[
    str | None,
    typer.Option("--against", metavar="FILTER", help="What to compare them with; all others when left out."),
]
PredictColumn = Annotated[
    str | None,
    typer.Option(
        "--predict",
        metavar="COLUMN",
        help="Ask instead which features predict a column: year, a facet, facet:value or a field.",
    ),
]
CsvFile = Annotated[
    Path | None, typer.Option("--csv", metavar="FILE", help="Also write all features into this file.")
]


def explain(
    library: LibraryDir,
    sae: SaeName = None,
    where: WhereFilter = "",
    against: AgainstFilter = None,
    predict: PredictColumn = None,
    top: Top = 12,
    csv: CsvFile = None,
    as_json: Json = False,
) -> None:
    """Which features set documents apart from others, or predict a column; each with its documents."""
    from saerch_desktop import cli_report_questions as report
    from saerch_desktop.workflow import questions
    from saerch_desktop.workflow.session import open_session

    if predict is None and not where.strip():
        raise UserError(
            "There must be --where FILTER, or --predict COLUMN.",
            "Nothing was counted.",
            "Give one of the two.",
        )
    if predict is not None and (against is not None or csv is not None):
        raise UserError(
            "--against and --csv do not go with --predict.", "Nothing was predicted.", "Leave them out."
        )
    with open_session(library, sae) as session:
        session.required_features()
        with job("Nothing was changed.", quiet=as_json) as (progress, _):
            if predict is None:
                answer = questions.compare_filters(session, where, against, progress)
            else:
                predicted = questions.predict_column(session, predict, where, top, progress)
        if predict is not None:
            return report.prediction(session, predicted, where, as_json=as_json)
        if csv is not None:
            answer.write_csv(csv)
        return report.contrast(session, answer, top, csv, as_json=as_json)

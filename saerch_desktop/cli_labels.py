"""The command that names features: offline, or by a language model."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from saerch_desktop import cli_report_labels as report
from saerch_desktop.cli_options import AllowNetwork, BaseUrl, BudgetTokens, Json, LibraryDir, SaeName
from saerch_desktop.cli_progress import job
from saerch_desktop.errors import UserError

if TYPE_CHECKING:
    from saerch_desktop.features.families.family import Method as FamiliesOf
    from saerch_desktop.features.llm.settings import LlmSettings


class Method(StrEnum):
    offline = "offline"
    llm = "llm"


class ProtocolChoice(StrEnum):
    default = "default"
    paper = "paper"


class FamilyChoice(StrEnum):
    default = "default"
    paper = "paper"
    imported = "imported"
    own = "own"


MethodName = Annotated[
    Method, typer.Option("--method", help="offline: phrases, in a minute; llm: a language model you choose.")
]
FeatureIds = Annotated[
    str | None, typer.Option("--features", metavar="A,B,…", help="Only these; all live ones when left out.")
]
Budget = Annotated[
    float | None,
    typer.Option("--budget", metavar="X", min=0, help="Spend no more dollars than this."),
]
Model = Annotated[
    str | None,
    typer.Option("--model", metavar="M", help="The language model that names, such as gpt-4o-mini."),
]
TestModel = Annotated[
    str | None,
    typer.Option("--test-model", metavar="M", help="The one that tests the names; the same when left out."),
]
ProtocolOption = Annotated[
    ProtocolChoice,
    typer.Option(
        "--protocol",
        help="default: documents of all strengths and near misses, 10 + 10 tests. paper: the strongest 5 and"
        " any 5, 3 + 3 tests, one a request.",
    ),
]
Domain = Annotated[
    str,
    typer.Option("--domain", metavar="WORDS", help="What the texts are about; else the library's name."),
]
PriceIn = Annotated[
    float | None,
    typer.Option("--price-in", metavar="X", min=0, help="Dollars for a million tokens sent."),
]
PriceOut = Annotated[
    float | None,
    typer.Option("--price-out", metavar="Y", min=0, help="Dollars for a million tokens answered."),
]
InFlight = Annotated[
    int, typer.Option("--in-flight", metavar="N", min=1, max=64, help="Requests under way at a time.")
]
EstimateOnly = Annotated[
    bool, typer.Option("--estimate", help="Only say what it would take; nothing is sent.")
]
ShowPrompts = Annotated[
    bool, typer.Option("--show-prompts", help="Only print the first request, exactly as it would be sent.")
]
Again = Annotated[
    bool, typer.Option("--again", help="Ask anew even what has been answered and paid for before.")
]
Families = Annotated[
    bool, typer.Option("--families", help="Name the families of features, that are built already, instead.")
]
FamilyMethod = Annotated[
    FamilyChoice | None,
    typer.Option(
        "--family-method", help="Whose families to name.", show_default="default, else what there is"
    ),
]
_KEPT = "The names made so far are kept; the same command goes on from there and pays nothing twice."


def label(
    library: LibraryDir,
    sae: SaeName = None,
    method: MethodName = Method.offline,
    features: FeatureIds = None,
    families: Families = False,
    family_method: FamilyMethod = None,
    budget: Budget = None,
    budget_tokens: BudgetTokens = None,
    base_url: BaseUrl = None,
    model: Model = None,
    test_model: TestModel = None,
    protocol: ProtocolOption = ProtocolChoice.default,
    domain: Domain = "",
    price_in: PriceIn = None,
    price_out: PriceOut = None,
    in_flight: InFlight = 4,
    estimate: EstimateOnly = False,
    show_prompts: ShowPrompts = False,
    again: Again = False,
    allow_network: AllowNetwork = False,
    as_json: Json = False,
) -> None:
    """Name the features of an SAE, or its families, and test the names. An interrupted naming goes on when
    run again.
    """
    chosen = parse_features(features)
    if (families and chosen is not None) or (family_method is not None and not families):
        raise UserError(
            "Features and families are named one after the other.",
            "Nothing was named.",
            "Give --features for some features, or --families, perhaps with --family-method, for families.",
        )
    if method is Method.offline:
        given = (budget, budget_tokens, base_url, model, test_model, price_in, price_out)
        if estimate or show_prompts or any(value is not None for value in given):
            raise UserError(
                "These options are for naming by a language model.",
                "Nothing was named.",
                "Add --method llm, or leave them out: naming offline sends nothing and costs nothing.",
            )
        if families:
            return _families_offline(library, sae, family_method, as_json=as_json)
        return _offline(library, sae, chosen, as_json=as_json)
    from saerch_desktop.features.llm.settings import LlmSettings

    if model is None:
        raise UserError(
            "No language model is given.",
            "Nothing was sent.",
            "Name one with --model, as the service calls it (--base-url says where it is).",
        )
    settings = LlmSettings(
        model=model,
        base_url=base_url,
        test_model=test_model,
        protocol=protocol.value,
        domain=domain,
        features=chosen,
        budget=budget,
        budget_tokens=budget_tokens,
        price_in=price_in,
        price_out=price_out,
        in_flight=in_flight,
        allow_network=allow_network,
        again=again,
    )
    if families:
        return _families_by_llm(
            library, sae, family_method, settings, estimate, show_prompts, as_json=as_json
        )
    return _by_llm(library, sae, settings, estimate, show_prompts, as_json=as_json)


def _offline(library: Path, sae: str | None, chosen: tuple[int, ...] | None, *, as_json: bool) -> None:
    from saerch_desktop.workflow.naming import name_offline

    with job("The names are as they were before.", quiet=as_json) as (progress, _):
        done = name_offline(library, _named(library, sae), progress, chosen)
    report.offline(done, as_json=as_json)


def _families_offline(library: Path, sae: str | None, wanted: FamilyChoice | None, *, as_json: bool) -> None:
    from saerch_desktop.workflow.naming_families import name_families_offline

    name = _named(library, sae)
    method = _method(library, name, wanted)
    with job("The names are as they were before.", quiet=as_json) as (progress, _):
        done = name_families_offline(library, name, progress, method)
    report.families_offline(done, as_json=as_json)


def _families_by_llm(
    library: Path,
    sae: str | None,
    wanted: FamilyChoice | None,
    settings: LlmSettings,
    estimate: bool,
    show_prompts: bool,
    *,
    as_json: bool,
) -> None:
    from saerch_desktop.workflow.naming_families import (
        first_family_request,
        name_families_by_llm,
        plan_families_llm,
    )

    name = _named(library, sae)
    method = _method(library, name, wanted)
    if show_prompts:
        return report.request(first_family_request(library, name, settings, method), as_json=as_json)
    with job(_KEPT, quiet=as_json) as (progress, _):
        if estimate:
            planned = plan_families_llm(library, name, settings, progress, method)
            return report.plan(planned, "families", as_json=as_json)
        done = name_families_by_llm(library, name, settings, progress, method=method)
    return report.named(done, "families", as_json=as_json)


def _method(library: Path, sae: str, wanted: FamilyChoice | None) -> FamiliesOf:
    """The method asked for, else the first of which there are families, else the default one."""
    from saerch_desktop.features.families.family_files import methods_there
    from saerch_desktop.library.library import Library

    if wanted is not None:
        return wanted.value
    with Library.open(library) as opened:
        there = methods_there(opened.sae_folder(sae))
    return there[0] if there else "default"


def _by_llm(
    library: Path,
    sae: str | None,
    settings: LlmSettings,
    estimate: bool,
    show_prompts: bool,
    *,
    as_json: bool,
) -> None:
    from saerch_desktop.workflow.naming_llm import first_request, name_by_llm, plan_llm

    name = _named(library, sae)
    if show_prompts:
        return report.request(first_request(library, name, settings), as_json=as_json)
    with job(_KEPT, quiet=as_json) as (progress, _):
        if estimate:
            return report.plan(plan_llm(library, name, settings, progress), as_json=as_json)
        done = name_by_llm(library, name, settings, progress)
    return report.named(done, as_json=as_json)


def _named(library: Path, sae: str | None) -> str:
    from saerch_desktop.library.library import Library
    from saerch_desktop.workflow.session import newest_sae

    if sae is not None:
        return sae
    with Library.open(library) as opened:
        return newest_sae(opened)


def parse_features(text: str | None) -> tuple[int, ...] | None:
    """`3,17,42` → (3, 17, 42); None for all. Anything else is a UserError."""
    if text is None:
        return None
    try:
        numbers = tuple(int(part) for part in text.split(",") if part.strip())
        if numbers and min(numbers) >= 0 and max(numbers) < 1 << 31:
            return numbers
    except ValueError:
        pass
    raise UserError(
        f"--features {text} cannot be read.",
        "Nothing was named.",
        "Write the features' numbers with commas between them, such as 3,17,42.",
    )

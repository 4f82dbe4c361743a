"""What the studies print: as JSON for machines and as plain lines for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from saerch_desktop.cli_report import emit
from saerch_desktop.cli_report_sae import number
from saerch_desktop.cli_say import say

if TYPE_CHECKING:
    from saerch_desktop.study.families import FamilyStudy
    from saerch_desktop.study.label_truth import Truth
    from saerch_desktop.study.labels import LabelStudy
    from saerch_desktop.study.reconstruction import Reconstruction
    from saerch_desktop.study.runs import Run
    from saerch_desktop.study.scaling import Fit, Group, Scaling


def reconstruction(measured: Reconstruction, runs: Sequence[Run], *, as_json: bool) -> None:
    """One SAE in full; `runs`: all of the library for a table, which one alone does not need."""
    if as_json:
        return emit({**measured.as_dict(), "compared": [run.as_dict() for run in runs]})
    say(f"“{measured.sae}” ({measured.features:,} features, k {measured.k}, {measured.variant})")
    say(f"  Trained on {measured.n_train:,} documents, measured on {measured.n_heldout:,} held out")
    say(f"  Unexplained variance (fvu)     {measured.fvu:.4f}")
    what = "the first {:,} features" if measured.variant == "matryoshka" else "the {:,} strongest"
    for level, fvu in zip(measured.levels, measured.level_fvu, strict=True):
        say(f"    {'by ' + what.format(level):<28} {fvu:.4f}")
    say(f"  Cosine to the original         {measured.cosine:.4f}")
    say(f"  Ten nearest kept (overlap@10)  {number(measured.overlap, '.4f')}")
    say(f"  Active features (l0)           {measured.l0:.1f}")
    say(f"  Features that never fire       {measured.dead_fraction:.2%}")
    say(f"  Features that fire < 10 times  {measured.rare_fraction:.2%}")
    say(f"  Encoder to decoder cosine      {measured.cosine_encoder_decoder:.4f}")
    if measured.densities:
        from saerch_desktop.study.reconstruction import DENSITY_QUANTILES

        quantiles = zip(DENSITY_QUANTILES, measured.densities, strict=True)
        told = ", ".join(f"{share:.0%} {density:.3%}" for share, density in quantiles)
        say(f"  Density by quantile            {told}")
    if len(runs) > 1:
        _print_runs(runs)
    return None


def _print_runs(runs: Sequence[Run]) -> None:
    say("\nAll SAEs of this library, by what their trainings measured:")
    wide = max(len("SAE"), *(min(24, len(run.sae)) for run in runs))
    say(
        f"  {'SAE':<{wide}}  {'variant':<12} features     k  passes  seed     fvu      l0    dead"
        "    rare  overlap  seconds"
    )
    for run in runs:
        told = run.as_dict()
        say(
            f"  {run.sae[:24]:<{wide}}  {told['variant']:<12} {run.features:>8,}  {run.k:>4}"
            f"  {number(told['passes'], 'd'):>6}  {number(told['seed'], 'd'):>4}  {number(run.fvu, '.4f'):>6}"
            f"  {number(told['l0'], '.1f'):>6}  {number(told['dead_fraction'], '.2%'):>6}"
            f"  {number(told['rare_fraction'], '.2%'):>6}  {number(told['overlap'], '.3f'):>7}"
            f"  {number(told['seconds'], '.1f'):>7}"
        )
    for run in runs:
        for note in run.notes:
            say(f"  “{run.sae}”: {note}")


def scaling(fitted: Scaling, *, as_json: bool) -> None:
    if as_json:
        return emit(fitted.as_dict())
    for group in fitted.groups:
        _print_group(group)
    for sentence in fitted.left_out:
        say(f"Left out: {sentence}")
    say(f"\n{fitted.convention}")
    return None


def _print_group(group: Group) -> None:
    alike = group.alike
    say(
        f"{len(group.runs)} SAEs alike in variant {alike['variant']}, preset {alike['preset']},"
        f" {alike['passes']} passes, seed {alike['seed']}, {alike['n_train']:,} documents of {alike['dim']}"
        " dimensions:"
    )
    say("  features     k     fvu   C (paper)    C (full)  SAE")
    for run in group.runs:
        say(
            f"  {run.features:>8,}  {run.k:>4}  {run.fvu:.4f}  {run.paper_flops:>10.3g}"
            f"  {run.full_flops:>10.3g}  {run.sae}"
        )
    for size in group.sizes:
        say(f"  L(n)    = {size.coefficient:.4g} · n^{size.exponent:.4f}  at k {size.k}{_quality(size)}")
    if group.joint is not None:
        joint = group.joint
        say(
            f"  L(n, k) = exp({joint.alpha:.4f}) · k^{joint.beta_k:.4f} · n^{joint.beta_n:.4f}"
            f"{_quality(joint)}"
        )
    for law in group.compute:
        say(f"  L(C)    = {law.coefficient:.4g} · C^{-law.exponent:.4f}  at k {law.k}{_quality(law)}")
    for warning in group.warnings:
        say(f"  Note: {warning}")


def _quality(fit: Fit) -> str:
    sure = "" if fit.r_squared is None else f", R² {fit.r_squared:.3f}"
    return f"  ({fit.runs} points{sure})"


def labels(study: LabelStudy, *, as_json: bool) -> None:
    if as_json:
        return emit(study.as_dict())
    say(f"“{study.sae}”: {study.labelled:,} of {study.live:,} live features have a label")
    say(f"  Tested on held-out documents   {study.tested:,} (judge: {study.judge})")
    say(f"  AUROC against near misses      {number(study.auroc_median, '.3f')} (median)")
    if study.auroc_quantiles:
        from saerch_desktop.study.labels import QUANTILES

        quantiles = zip(QUANTILES, study.auroc_quantiles, strict=True)
        say(f"    by quantile                  {', '.join(f'{q:.0%} {area:.3f}' for q, area in quantiles)}")
    say(f"    at least 0.75                {study.auroc_share_075:.1%} of the live features")
    say(f"    with another one's label     {number(study.chance, '.3f')} (0.5 is chance)")
    graded = ", ".join(f"{mark} {count:,}" for mark, count in study.grades.items())
    say(f"  Grades                         {graded}")
    say(f"  Activations graded A to C      {study.coverage:.1%}")
    say(f"  Features without a theme       {number(study.junk, ',d')}")
    sources = ", ".join(f"{source} {count:,}" for source, count in study.sources.items())
    say(f"  Sources                        {sources}")
    say("  With other negatives           median   >= 0.75   another one's label")
    for band in study.bands:
        say(
            f"    {band.name.replace('_', ' '):<26} {number(band.auroc_median, '7.3f')}   "
            f"{band.auroc_share_075:>7.1%}   {number(band.chance, '.3f')}"
        )
    if study.truth:
        _print_truth(study.truth)
    named = "not known" if study.naming_seconds is None else f"{study.naming_seconds:.1f} s"
    say(f"  Naming took {named}, this study {study.seconds:.1f} s")
    return None


def _print_truth(truth: Sequence[Truth]) -> None:
    say("\nThe feature that stands for each value of the facet, and what it is called:")
    say("  documents     F1   label finds it (AUROC, rank)  names it  value → label")
    for row in truth:
        said = "–" if row.says_it is None else "yes" if row.says_it else "no"
        rank = "" if row.rank is None else f"{row.rank:,}."
        say(
            f"  {row.documents:>9,}  {row.f1:>5.2f}   {number(row.auroc, '.3f'):>16} {rank:>9}   {said:>8}  "
            f"{row.value[:30]} → {row.label} (#{row.feature})"
        )


def families(study: FamilyStudy, *, as_json: bool) -> None:
    """Both methods in two columns."""
    if as_json:
        return emit(study.as_dict())
    default, paper = study.default, study.paper
    say(f"“{study.sae}”: families of {study.live:,} live features")
    rows = (
        ("Families", f"{default.families:,}", f"{paper.families:,}"),
        ("Features in any of them", f"{default.coverage:.1%}", f"{paper.coverage:.1%}"),
        ("Largest, of the live features", f"{default.largest_share:.1%}", f"{paper.largest_share:.1%}"),
        ("R: root's overlap over children's", number(default.r, ".2f"), number(paper.r, ".2f")),
        ("Overlap inside over outside", number(default.block_ratio, ".2f"), number(paper.block_ratio, ".2f")),
        (
            f"Alike in {study.resamples} resamples (AMI)",
            number(default.ami, ".3f"),
            number(paper.ami, ".3f"),
        ),
        ("Agreement with the facet (AMI)", number(default.agreement, ".3f"), number(paper.agreement, ".3f")),
        ("Seconds, after counting pairs", f"{default.seconds:.1f}", f"{paper.seconds:.1f}"),
    )
    say(f"  {'':<34}  {'default':>9}  {'paper':>9}")
    for what, first, second in rows:
        say(f"  {what:<34}  {first:>9}  {second:>9}")
    if study.compared is not None:
        say(
            f"  The agreement is measured on the {study.compared:,} features that both methods cover and the"
            f" facet knows\n  ({study.values:,} values on {study.levels:,} levels)."
        )
    say(f"  Pairs took {study.counting_seconds:.1f} s")
    return None

"""Every reader of foreign or damageable files: a sound example to damage, and what reads it."""

from __future__ import annotations

import csv
import gzip
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import foreign_saes
import numpy as np
import small_library

from saerch_desktop.errors import UserError
from saerch_desktop.library.library import Library
from saerch_desktop.progress import Progress

Make = Callable[[Path, Path], Path]
Read = Callable[[Path, Path, Path], object]


@dataclass(frozen=True)
class Reader:
    """make(folder, whole) writes a sound example, perhaps from the `whole` library, and returns the file or
    folder to read; read(example, whole, scratch) reads it, writing nowhere but into `scratch`.
    """

    make: Make
    read: Read


def import_into(source: Path, library: Path) -> None:
    """Import; what a refused import leaves must be nothing, or a library that opens."""
    from saerch_desktop.library.importing import import_file

    try:
        import_file(source, library, progress=Progress())
    except UserError:
        if (library / "library.json").exists():
            Library.open(library).close()
        raise
    with Library.open(library) as opened:
        assert opened.manifest.documents == len(opened.documents)


def _jsonl(folder: Path, whole: Path) -> Path:
    return small_library.write_source(folder, 40)


def _gzipped(folder: Path, whole: Path) -> Path:
    target = folder / "texts.jsonl.gz"
    target.write_bytes(gzip.compress(_jsonl(folder, whole).read_bytes()))
    (folder / "texts.jsonl").unlink()
    return target


def _json(folder: Path, whole: Path) -> Path:
    target = folder / "texts.json"
    target.write_text(json.dumps(small_library.records(40)), encoding="utf-8")
    return target


def _csv(folder: Path, whole: Path) -> Path:
    target = folder / "texts.csv"
    with target.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, ["id", "title", "text", "kind"])
        writer.writeheader()
        writer.writerows(small_library.records(40))
    return target


def _parquet(folder: Path, whole: Path) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    target = folder / "texts.parquet"
    pq.write_table(pa.Table.from_pylist(small_library.records(40)), target)
    return target


def _texts(folder: Path, whole: Path) -> Path:
    target = folder / "texts"
    target.mkdir()
    for record in small_library.records(6):
        (target / f"{record['id']}.md").write_text(record["text"], encoding="utf-8")
    return target


_VECTORS = np.random.default_rng(3).normal(size=(40, 12)).astype(np.float32)


def _npy(folder: Path, whole: Path) -> Path:
    np.save(folder / "vectors.npy", _VECTORS)
    return folder / "vectors.npy"


def _npz(folder: Path, whole: Path) -> Path:
    np.savez_compressed(folder / "vectors.npz", vectors=_VECTORS)
    return folder / "vectors.npz"


def _tensors(folder: Path, whole: Path) -> Path:
    from safetensors.numpy import save_file

    save_file({"vectors": _VECTORS}, folder / "vectors.safetensors")
    return folder / "vectors.safetensors"


def _vector_table(folder: Path, whole: Path) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"vectors": [row.tolist() for row in _VECTORS]}), folder / "vectors.parquet")
    return folder / "vectors.parquet"


def read_vectors(example: Path, whole: Path, scratch: Path) -> object:
    from saerch_desktop.library.given import load_given

    return load_given(example).shape


def read_sae(example: Path, whole: Path, scratch: Path) -> object:
    from saerch_desktop.sae.dialects.registry import read

    return read(example, k=2, format="openai_raw" if "openai" in example.name else None)


def _foreign(write: Callable[..., Path]) -> Make:
    def make(folder: Path, whole: Path) -> Path:
        target = folder / write.__name__
        target.mkdir()
        drawn = foreign_saes.weights(dim=8, features=16, k=2)
        # Rows of equal length, which every format can hold.
        write(target, replace(drawn, encoder=0.8 * drawn.decoder))
        return target

    return make


def _recipe(folder: Path, whole: Path) -> Path:
    from saerch_desktop.search.recipe_files import write_recipe
    from saerch_desktop.search.recipe_format import (
        Recipe,
        RecipeChip,
        RecipeFamily,
        RecipeSlider,
        RecipeSource,
        packed,
    )

    direction = packed(_VECTORS[0])
    recipe = Recipe(
        name="A recipe",
        sliders=(RecipeSlider(feature=3, label="three", change=0.5, direction=direction),),
        families=(
            RecipeFamily(key="family", name="A family", amount=1.0, features=(1, 2), weights=(0.5, 0.5)),
        ),
        filters=(RecipeChip(text="kind:bread"),),
        source=RecipeSource(),
    )
    write_recipe(folder / "recipe.json", recipe)
    return folder / "recipe.json"


def read_recipe(example: Path, whole: Path, scratch: Path) -> object:
    from saerch_desktop.search.recipe_files import load_recipe

    return load_recipe(example)


def _names(file: str) -> Make:
    def make(folder: Path, whole: Path) -> Path:
        from saerch_desktop.features.feature_set import FeatureSet
        from saerch_desktop.features.label_exchange import export_names, kind_of

        with Library.open(whole) as library:
            export_names(folder / file, library, FeatureSet.open(library, "small"), kind_of(folder / file))
        return folder / file

    return make


def read_names(example: Path, whole: Path, scratch: Path) -> object:
    from saerch_desktop.features.feature_set import FeatureSet
    from saerch_desktop.features.label_exchange import read_names

    with Library.open(whole) as library:
        return read_names(example, library, FeatureSet.open(library, "small"))


def _paper_families(folder: Path, whole: Path) -> Path:
    target = folder / "families.json"
    target.write_text(
        json.dumps({"bread": {"parent": ["bread", 3], "children": [["oven", 4], ["dough", 5]]}}),
        encoding="utf-8",
    )
    return target


def read_families(example: Path, whole: Path, scratch: Path) -> object:
    from saerch_desktop.features.imported import read_families

    return read_families(example, small_library.FEATURES)


def tour(example: Path, whole: Path, scratch: Path) -> object:
    """Open the damaged library, search, steer, read names, documents and families, and check all of it."""
    from saerch_desktop.features.labels import load_labels
    from saerch_desktop.search.steering import Edit
    from saerch_desktop.workflow.mending import check_and_mend
    from saerch_desktop.workflow.session import open_session

    check_and_mend(example, repair=False, progress=Progress())
    with open_session(example) as session:
        session.library.documents.keyword("bread")
        if session.library.vectors is None or session.features is None:
            return None
        query = session.engine.query_from_document(0)
        ranking = session.engine.rank(query, [Edit(1, 0.3)], top=5)
        session.library.documents.titles([int(row) for row in ranking.rows])
        return load_labels(session.features.folder, session.features.sae.config.features)


def _imports(example: Path, whole: Path, scratch: Path) -> object:
    return import_into(example, scratch / "made.saerch")


def _settings(folder: Path, whole: Path) -> Path:
    from saerch_desktop.settings import Settings

    target = folder / "settings.json"
    target.write_text(Settings(recent_libraries=(str(whole),)).model_dump_json(), encoding="utf-8")
    return target


def read_settings(example: Path, whole: Path, scratch: Path) -> object:
    """Settings are never refused: what is sound of them is used."""
    from saerch_desktop.settings import load_settings, save_settings, settings_file

    place = settings_file()
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(example, place)
    found = load_settings()
    save_settings(found)
    assert load_settings() == found
    return found


def _view(folder: Path, whole: Path) -> Path:
    from saerch_desktop.ui.view_state import SavedQuery, ViewState

    target = folder / "view.json"
    state = ViewState(
        library=str(whole), sae="small", query=SavedQuery(text="bread"), row=3, extra={"a": "b"}
    )
    target.write_text(state.model_dump_json(), encoding="utf-8")
    return target


def read_view(example: Path, whole: Path, scratch: Path) -> object:
    """A damaged view is never refused: the window opens without it."""
    from saerch_desktop.ui.view_state import load, place

    place().parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(example, place())
    return load()


def _packed(folder: Path, whole: Path) -> Path:
    from saerch_desktop.workflow.portable import pack

    return pack(whole, folder / "whole.saerch.zip", Progress())


def unpack_it(example: Path, whole: Path, scratch: Path) -> object:
    """A refused archive leaves nothing at all; what comes out of another opens."""
    from saerch_desktop.workflow.portable_unpack import unpack

    try:
        path = unpack(example, scratch, Progress())
    except UserError:
        assert not [*scratch.rglob("*")]
        raise
    assert [place.name for place in scratch.iterdir()] == [path.name]
    return tour(path, whole, scratch)


def _link(folder: Path, whole: Path) -> Path:
    from saerch_desktop.ui.view_link import ViewLink, link_text

    target = folder / "link.txt"
    target.write_text(link_text(ViewLink(library="whole", identity="0123456789abcdef")), encoding="utf-8")
    return target


def read_link(example: Path, whole: Path, scratch: Path) -> object:
    from saerch_desktop.ui.view_link import read_link

    return read_link(example.read_text(encoding="utf-8", errors="replace"))


def _workspaces(folder: Path, whole: Path) -> Path:
    from saerch_desktop.ui.workspaces import Workspace, place, save

    save((Workspace(name="Mine", layout="AAAA"),))
    return Path(shutil.copy(place(), folder))


def read_workspaces(example: Path, whole: Path, scratch: Path) -> object:
    """Damaged workspaces are never refused: they are not there."""
    from saerch_desktop.ui.workspaces import load, place

    place().parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(example, place())
    return load()


def _journal(folder: Path, whole: Path) -> Path:
    from saerch_desktop.workflow.job_journal import Journal, Kept

    Journal(folder).keep("Training", Kept("train", whole, {"name": "small"})).write()
    return next(folder.glob("*.json"))


def read_journal(example: Path, whole: Path, scratch: Path) -> object:
    """A damaged entry is never refused: it is taken away."""
    from saerch_desktop.workflow.job_journal import Journal

    return Journal(example.parent).left()


def _draft(folder: Path, whole: Path) -> Path:
    from saerch_desktop.workflow import drafts

    drafts.save("import", {"source": "papers.csv", "step": "columns"})
    return Path(shutil.copy(next(drafts.folder().glob("*.json")), folder))


def read_draft(example: Path, whole: Path, scratch: Path) -> object:
    """A damaged draft is never refused: one begins anew."""
    from saerch_desktop.workflow import drafts

    drafts.folder().mkdir(parents=True, exist_ok=True)
    shutil.copyfile(example, drafts.folder() / example.name)
    return drafts.load("import")


def _copied(folder: Path, whole: Path) -> Path:
    return Path(shutil.copytree(whole, folder / "copy.saerch"))


READERS: dict[str, Reader] = {
    **{
        f"documents {make.__name__.strip('_')}": Reader(make, _imports)
        for make in (_jsonl, _gzipped, _json, _csv, _parquet, _texts)
    },
    **{
        f"vectors {make.__name__.strip('_')}": Reader(make, read_vectors)
        for make in (_npy, _npz, _tensors, _vector_table)
    },
    **{
        f"sae {write.__name__.removeprefix('write_')}": Reader(_foreign(write), read_sae)
        for write in (
            foreign_saes.write_paper,
            foreign_saes.write_saelens,
            foreign_saes.write_sparsify,
            foreign_saes.write_dictionary_learning,
            foreign_saes.write_hypothesaes,
            foreign_saes.write_openai,
            foreign_saes.write_sentence_transformers,
        )
    },
    "recipe": Reader(_recipe, read_recipe),
    "names json": Reader(_names("names.json"), read_names),
    "names csv": Reader(_names("names.csv"), read_names),
    "names paper": Reader(_names("feature_analysis_results_2_1.json"), read_names),
    "families": Reader(_paper_families, read_families),
    "library": Reader(_copied, tour),
    "settings": Reader(_settings, read_settings),
    "saved view": Reader(_view, read_view),
    "packed library": Reader(_packed, unpack_it),
    "link": Reader(_link, read_link),
    "workspaces": Reader(_workspaces, read_workspaces),
    "job journal": Reader(_journal, read_journal),
    "draft": Reader(_draft, read_draft),
}

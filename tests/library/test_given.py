"""Given vectors: all formats, checked whole before anything is written."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from library.library_samples import unit

from saerch_desktop.errors import UserError
from saerch_desktop.library.given import load_given
from saerch_desktop.library.vectors_writer import unit_rows


def save(path: Path, array: np.ndarray) -> Path:
    kind = path.suffix
    if kind == ".npy":
        np.save(path, array)
    elif kind == ".npz":
        np.savez_compressed(path, vectors=array)
    elif kind == ".safetensors":
        from safetensors.numpy import save_file

        save_file({"embeddings": array}, path)
    else:
        import pyarrow as pa
        import pyarrow.parquet as pq

        column = pa.FixedSizeListArray.from_arrays(pa.array(array.ravel()), array.shape[1])
        pq.write_table(pa.table({"id": np.arange(len(array)), "v": column}), path, row_group_size=7)
    return path


@pytest.mark.parametrize("kind", [".npy", ".npz", ".safetensors", ".parquet"])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_formats(tmp_path: Path, kind: str, dtype: str) -> None:
    array = unit(20).astype(dtype)
    found = load_given(save(tmp_path / f"v{kind}", array))
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, array)


@pytest.mark.parametrize("kind", [".npy", ".safetensors"])
def test_mapped_and_not_loaded(tmp_path: Path, kind: str) -> None:
    assert isinstance(load_given(save(tmp_path / f"v{kind}", unit(20))), np.memmap)


def test_brain_floats(tmp_path: Path) -> None:
    bits = (unit(5).view(np.uint32) >> 16).astype(np.uint16)
    header = json.dumps({"v": {"dtype": "BF16", "shape": [5, 8], "data_offsets": [0, bits.nbytes]}}).encode()
    (tmp_path / "v.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + bits.tobytes())
    np.testing.assert_allclose(load_given(tmp_path / "v.safetensors"), unit(5), rtol=1e-2)


@pytest.mark.parametrize("kind", [".npy", ".npz", ".safetensors", ".parquet"])
@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0])
def test_useless_rows_are_named(tmp_path: Path, kind: str, value: float) -> None:
    array = unit(20)
    array[[3, 5, 6, 7, 8, 9, 11]] = value
    with pytest.raises(UserError, match=r"rows 3, 5, 6, 7, 8 and 2 more \(counted from 0\)") as caught:
        load_given(save(tmp_path / f"v{kind}", array))
    assert caught.value.meaning == "Nothing was imported."


def refuse(path: Path, *words: str, column: str | None = None) -> None:
    with pytest.raises(UserError) as caught:
        load_given(path, column)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_shapes_and_types_that_are_no_vectors(tmp_path: Path) -> None:
    refuse(save(tmp_path / "a.npy", np.ones(7)), "7, not rows of vectors")
    refuse(save(tmp_path / "b.npy", np.ones((2, 3, 4))), "2 × 3 × 4")
    refuse(save(tmp_path / "c.npy", np.ones((2, 3), dtype=np.int64)), "int64")
    refuse(save(tmp_path / "d.npy", np.ones((0, 3))), "0 vectors")
    refuse(save(tmp_path / "e.npy", np.ones((3, 1))), "1 dimensions")
    refuse(save(tmp_path / "f.npy", np.ones((3, 2), dtype=complex)), "complex")


def test_no_pickles(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([{"x": 1}], dtype=object), allow_pickle=True)
    np.savez(tmp_path / "a.npz", vectors=np.array([{"x": 1}], dtype=object))
    refuse(tmp_path / "a.npy", "damaged or not what its name says")
    refuse(tmp_path / "a.npz", "damaged or not what its name says")


@pytest.mark.parametrize("kind", [".npy", ".npz", ".safetensors", ".parquet"])
def test_cut_files(tmp_path: Path, kind: str) -> None:
    path = save(tmp_path / f"v{kind}", unit(200))
    whole = path.read_bytes()
    for size in (0, 5, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        refuse(path, "Nothing was imported.")


def test_headers_that_lie(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    shape = (10**12, 384)
    np.lib.format.write_array_header_1_0(buffer, {"descr": "<f4", "fortran_order": False, "shape": shape})
    (tmp_path / "a.npy").write_bytes(buffer.getvalue())
    refuse(tmp_path / "a.npy", "damaged")
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("vectors.npy", buffer.getvalue())
    refuse(tmp_path / "a.npz", "damaged")
    header = json.dumps({"v": {"dtype": "F32", "shape": list(shape), "data_offsets": [0, 10]}}).encode()
    (tmp_path / "a.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + b"x" * 10)
    refuse(tmp_path / "a.safetensors", "damaged")


def test_choosing_among_several(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", one=unit(3), two=unit(4))
    assert len(load_given(tmp_path / "a.npz", "two")) == 4
    refuse(tmp_path / "a.npz", "one, two")
    refuse(tmp_path / "a.npz", "three", "one, two", column="three")
    np.savez(tmp_path / "b.npz", ids=np.arange(3), embeddings=unit(3))
    assert load_given(tmp_path / "b.npz").shape == (3, 8)


def test_ragged_and_missing_lists(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    lists: list[Any] = [[0.1, 0.2], [0.3], None, [0.5, 0.6]]
    pq.write_table(pa.table({"v": pa.array(lists, pa.list_(pa.float32()))}), tmp_path / "a.parquet")
    refuse(tmp_path / "a.parquet", "rows 1, 2")
    pq.write_table(pa.table({"v": ["text"]}), tmp_path / "b.parquet")
    refuse(tmp_path / "b.parquet", "holds no vectors")


def test_unknown_kinds(tmp_path: Path) -> None:
    (tmp_path / "a.pkl").write_bytes(b"x")
    refuse(tmp_path / "a.pkl", "not a kind of vector file")
    refuse(tmp_path / "none.npy", "There is no file")


@pytest.mark.parametrize(
    ("shape", "header"),
    [((-20, 8), None), ((2**63 - 1, 2**63 - 1), None), (None, "(" * 3000)],
    ids=["negative", "beyond counting", "no expression"],
)
def test_absurd_array_headers(tmp_path: Path, shape: tuple[int, int] | None, header: str | None) -> None:
    text = header or f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}}}"
    head = b"\x93NUMPY\x01\x00" + (len(text) + 1).to_bytes(2, "little") + text.encode() + b"\n"
    (tmp_path / "a.npy").write_bytes(head + b"x" * 640)
    refuse(tmp_path / "a.npy", "damaged")


def test_an_archive_named_like_an_array(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", unit(3))
    (tmp_path / "a.npz").rename(tmp_path / "a.npy")
    refuse(tmp_path / "a.npy", "damaged")


_ENDLESS = b'{"v":{"dtype":"F32","shape":[1e999,8],"data_offsets":[0,9]}}'


@pytest.mark.parametrize("header", [b"[1]", b"null", _ENDLESS])
def test_absurd_safetensors_headers(tmp_path: Path, header: bytes) -> None:
    (tmp_path / "a.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + b"x" * 640)
    refuse(tmp_path / "a.safetensors", "damaged")


def test_archives_that_cannot_be_unpacked(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", unit(3))
    data = bytearray((tmp_path / "a.npz").read_bytes())
    entry = data.rfind(b"PK\x01\x02")
    data[6] |= 1
    data[entry + 8] |= 1  # says that it is encrypted
    (tmp_path / "a.npz").write_bytes(data)
    refuse(tmp_path / "a.npz", "damaged")


def test_an_archive_that_unpacks_to_far_more(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "a.npz", np.ones((32 << 10, 256), np.float32))
    refuse(tmp_path / "a.npz", "unpack to far more")


def test_numbers_beyond_single_precision_keep_their_direction() -> None:
    for scale in (1e300, 1e-310):
        np.testing.assert_allclose(unit_rows(np.array([[3.0, 4.0]]) * scale), [[0.6, 0.8]], rtol=1e-6)


def test_signalling_nans_are_refused_like_any_other(tmp_path: Path) -> None:
    vectors = np.ones((3, 4), np.float32)
    vectors.view(np.uint32)[1, 2] = 0x7FA00000
    np.save(tmp_path / "vectors.npy", vectors)
    with pytest.raises(UserError, match="not finite in row 1"):
        load_given(tmp_path / "vectors.npy")

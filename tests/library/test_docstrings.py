"""The sample's texts: read from source, cleaned to prose, chosen the same way every time."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from saerch_desktop.library import docstring_sources, docstrings
from saerch_desktop.library.docstring_cleaning import plain, prose, shortened
from saerch_desktop.library.docstring_sources import docstrings_in, package_files
from saerch_desktop.library.docstrings import harvest, save_copy

NUMPY_STYLE = """
    Compute the qr factorization of a matrix.

    Factor the matrix `a` as *qr*, where `q` is orthonormal and `r` is
    upper-triangular, see :func:`~numpy.linalg.svd` and [1]_.

    Parameters
    ----------
    a : array_like
        The matrix.

    Returns
    -------
    q : ndarray

    Notes
    -----
    This is an interface to LAPACK.

    Examples
    --------
    >>> qr(a)
    array([1])

    """
GOOGLE_STYLE = """add(input, other, *, alpha=1) -> Tensor

    Adds :attr:`other`, scaled by ``alpha``, to :attr:`input`.

    .. math::
        out = input + alpha * other

    Args:
        input (Tensor): the input tensor.

    .. note::
        It broadcasts.

    Example::

        >>> torch.add(a, 20)
        tensor([1])

        more output
    """


def test_prose() -> None:
    assert prose(NUMPY_STYLE) == (
        "Compute the qr factorization of a matrix.\n\n"
        "Factor the matrix a as qr, where q is orthonormal and r is upper-triangular,"
        " see numpy.linalg.svd and.\n\n"
        "This is an interface to LAPACK."
    )
    assert prose(GOOGLE_STYLE) == "Adds other, scaled by alpha, to input."
    assert prose("    :param x: nothing\n    :returns: more\n") == ""


def test_cuts_after_a_sentence() -> None:
    text = "A first sentence of some length. " * 30
    found = prose(text)
    assert len(found) <= 600
    assert found.endswith("length.")
    assert shortened("word " * 300, 100).endswith("word…")
    assert len(shortened("word " * 300, 100)) <= 100


def test_plain() -> None:
    assert (
        plain("See :class:`~a.b.C` and `text <https://x>`__, ``code`` |name|")
        == "See a.b.C and text, code name"
    )


SOURCE = '''
"""Module."""
if True:
    def public():
        """Documented function."""
        def inner():
            """Not public."""
def _private():
    """No."""
class Thing:
    """A class."""
    def method(self):
        """A method."""
    def bare(self): pass
add_newdoc('numpy._core.multiarray', 'arange', """Evenly spaced values.""")
add_newdoc('numpy._core.multiarray', 'ndarray', ('T', """View of the transposed array."""))
add_docstr(torch.abs, r"""Absolute value of {input} elements.""".format(**common))
det = _add_docstr(_linalg.linalg_det, r"""Computes the determinant.""")
'''


def test_reading_source(tmp_path: Path) -> None:
    file = tmp_path / "m.py"
    file.write_text(SOURCE)
    found = {entry.name: (entry.kind, entry.text) for entry in docstrings_in(file, "pkg.m")}
    assert found == {
        "pkg.m.public": ("function", "Documented function."),
        "pkg.m.Thing": ("class", "A class."),
        "pkg.m.Thing.method": ("method", "A method."),
        "numpy.arange": ("function", "Evenly spaced values."),
        "numpy.ndarray.T": ("method", "View of the transposed array."),
        "torch.abs": ("function", "Absolute value of  elements."),
        "pkg.m.det": ("function", "Computes the determinant."),
    }
    file.write_text("def broken(:\n")
    assert docstrings_in(file, "m") == []
    file.write_bytes(b"\xff\xfe\x00")
    assert docstrings_in(file, "m") == []
    assert docstrings_in(tmp_path / "none.py", "m") == []


def test_files_of_packages() -> None:
    modules = {module for _, module in package_files(docstring_sources.STANDARD_LIBRARY)}
    assert {"json.decoder", "asyncio.events", "argparse"} <= modules
    assert not any("test" in module.split(".") or "idlelib" in module for module in modules)
    assert {"numpy", "numpy.linalg"} <= {module for _, module in package_files("numpy")}
    assert package_files("no_such_package_anywhere") == []


@pytest.fixture(scope="module")
def small() -> list[dict[str, str]]:
    return harvest(limit=300)


def test_harvest(small: list[dict[str, str]]) -> None:
    assert len(small) == 300
    assert len({document["id"] for document in small}) == 300
    assert len({document["text"] for document in small}) == 300
    for document in small:
        assert list(document) == ["id", "title", "text", "package", "module", "kind"]
        assert 40 <= len(document["text"]) <= 600
        assert ">>>" not in document["text"]
        assert document["id"].startswith(document["package"])
        assert document["module"].startswith(document["package"])
        assert not any(part.startswith("_") for part in document["id"].split("."))
        assert document["kind"] in ("class", "function", "method")
    packages = Counter(document["package"] for document in small)
    assert packages["numpy"] >= 10
    assert len(packages) >= 20
    assert max(packages.values()) <= 60


def test_the_same_every_time(small: list[dict[str, str]]) -> None:
    assert harvest(limit=300) == small
    assert harvest(limit=300, seed=1) != small


def test_shares_are_filled_up_from_large_packages() -> None:
    pools = {"scipy": [{}] * 100, "numpy": [{}] * 3, "torch": [{}] * 50}
    assert docstrings._shares(pools, 60) == {"scipy": 29, "numpy": 3, "torch": 28}
    assert sum(docstrings._shares(pools, 1000).values()) == 153


def test_nothing_is_imported() -> None:
    program = (
        "import sys; from saerch_desktop.library.docstrings import harvest; harvest(limit=60)\n"
        "print([m for m in ('torch', 'scipy', 'networkx', 'pyarrow', 'PySide6') if m in sys.modules])"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_frozen_program_uses_its_copy(
    tmp_path: Path, small: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docstrings, "harvest", lambda limit: small[:limit])
    save_copy(tmp_path / "sample.jsonl.gz", limit=50)
    monkeypatch.undo()
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(docstrings.paths, "resources", lambda: tmp_path)
    assert harvest(limit=40) == small[:40]


def test_titles_begin_with_what_tells_them_apart(small: list[dict[str, str]]) -> None:
    for document in small:
        own = document["id"].removeprefix(document["module"] + ".")
        assert document["title"] in (f"{own} ({document['module']})", document["id"])
    assert len({document["title"][:24] for document in small}) > len(small) * 2 // 3

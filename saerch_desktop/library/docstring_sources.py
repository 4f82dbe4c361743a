"""Where Python's documentation strings are, and how they are read from source without importing anything."""

from __future__ import annotations

import ast
import importlib.util
import itertools
import re
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["class", "function", "method"]
STANDARD_LIBRARY = "standard library"

# Compiling a larger file would hold Python's lock, and with it the window, for too long.
_LARGEST_PARSED = 160_000
_LARGEST_READ = 2_000_000
_SKIPPED_FOLDERS = {
    "test", "tests", "testing", "conftest", "benchmarks", "examples", "doc", "docs", "vendor", "_vendor",
    "externals", "extern", "_internal", "site-packages", "dist-packages", "idlelib", "lib2to3", "turtledemo",
    "ensurepip", "pydoc_data", "encodings", "__pycache__", "distutils", "msilib", "include", "share", "bin",
}  # fmt: skip
_SKIPPED_FILES = re.compile(r"(test_.*|.*_test|conftest|setup|__main__|antigravity|this)\.py")
# Packages whose public functions live in private modules; elsewhere private modules are private.
_OPEN_HEARTED = {"numpy", "scipy", "networkx", "sympy", "pyarrow"}
# torch is larger than all others together; these parts are what its users read about.
_PARTS = {
    "torch": (
        "__init__.py", "_tensor.py", "_tensor_docs.py", "_torch_docs.py", "functional.py", "hub.py",
        "random.py", "overrides.py", "serialization.py", "storage.py", "amp", "autograd", "cuda",
        "distributions", "fft", "futures", "linalg", "nn", "optim", "profiler", "signal", "sparse",
        "special", "utils/data", "utils/tensorboard",
    ),
    "openai": ("_client.py", "_exceptions.py", "_base_client.py", "_streaming.py", "resources"),
}  # fmt: skip
_ADDED = re.compile(r"^(?:\w+ *= *)?_?add_(?:newdoc|docstr)\(", re.MULTILINE)
_DEFINITIONS = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
_ADDERS = ("add_newdoc", "add_docstr", "_add_docstr")


@dataclass(frozen=True, slots=True)
class Docstring:
    """The raw documentation of one public class, function or method, under its dotted name."""

    name: str
    module: str
    kind: Kind
    text: str


def package_files(package: str) -> list[tuple[Path, str]]:
    """(file, dotted module name) of a package's sources, ordered by path; empty if it is not installed."""
    if package == STANDARD_LIBRARY:
        root = Path(sysconfig.get_paths()["stdlib"])
        return _python_files(root, (), open_hearted=False)
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        return []
    if spec is None or not spec.submodule_search_locations:
        return []
    root = Path(next(iter(spec.submodule_search_locations)))
    found = _python_files(root, (package,), open_hearted=package in _OPEN_HEARTED)
    parts = _PARTS.get(package)
    if parts is None:
        return found
    chosen = tuple((root / part).as_posix() for part in parts)
    return [(file, module) for file, module in found if file.as_posix().startswith(chosen)]


def docstrings_in(file: Path, module: str) -> list[Docstring]:
    """Documentation of the public things that a source file defines; none when it cannot be read."""
    try:
        if file.stat().st_size > _LARGEST_READ:
            return []
        source = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return []
    found: list[Docstring] = []
    if len(source) <= _LARGEST_PARSED:
        found.extend(_defined(_parsed(source), module))
    starts = [match.start() for match in _ADDED.finditer(source)]
    for start, stop in itertools.pairwise([*starts, len(source)]):
        found.extend(_added(_first_statement(source[start:stop]), module))
    return found


def _python_files(root: Path, prefix: tuple[str, ...], *, open_hearted: bool) -> list[tuple[Path, str]]:
    found = []
    for file in sorted(root.rglob("*.py")):
        inside = file.relative_to(root)
        folders = inside.parts[:-1]
        if _SKIPPED_FOLDERS.intersection(folders) or _SKIPPED_FILES.fullmatch(file.name):
            continue
        names = [*folders, *(() if file.name == "__init__.py" else (file.stem,))]
        adds = file.name in ("_tensor_docs.py", "_torch_docs.py")
        if not all(name.isidentifier() for name in names):
            continue
        if any(name.startswith("_") for name in names) and not open_hearted and not adds:
            continue
        found.append((file, _public([*prefix, *names])))
    return [(file, module) for file, module in found if module]


def _public(names: list[str]) -> str:
    """The dotted name under which users know a module."""
    if names[0] == "numpy" and any(name.startswith("_") for name in names[1:]):
        # Private modules of numpy.lib and all of numpy._core are shown to users as numpy itself.
        names = names[:1] if names[1] in ("_core", "lib") else names
    return ".".join(name for name in names if not name.startswith("_"))


def _parsed(source: str) -> list[ast.stmt]:
    try:
        return ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _first_statement(source: str) -> list[ast.stmt]:
    # What follows the call up to the next one may be anything; a call ends at a closing bracket in some line.
    for end in re.finditer(r"\)\s*$", source, re.MULTILINE):
        if body := _parsed(source[: end.end()]):
            return body
    return []


def _defined(
    body: list[ast.stmt], owner: str, inside: bool = False, module: str | None = None
) -> Iterator[Docstring]:
    module = module or owner
    for node in body:
        if isinstance(node, ast.If | ast.Try):
            yield from _defined([*node.body, *node.orelse], owner, inside, module)
        elif isinstance(node, _DEFINITIONS) and not node.name.startswith("_"):
            name = f"{owner}.{node.name}"
            is_class = isinstance(node, ast.ClassDef)
            kind: Kind = "class" if is_class else "method" if inside else "function"
            text = ast.get_docstring(node, clean=False)
            if text:
                yield Docstring(name, module, kind, text)
            if is_class:
                yield from _defined(node.body, name, True, module)


def _added(body: list[ast.stmt], module: str) -> Iterator[Docstring]:
    for node in body:
        call = node.value if isinstance(node, ast.Expr | ast.Assign) else None
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            continue
        if call.func.id not in _ADDERS:
            continue
        name = _added_name(node, call, module)
        for text in filter(None, (_string(argument) for argument in call.args[1:])):
            if name is not None and len(text) > len(name):
                owner, _, last = name.rpartition(".")
                if not last.startswith("_"):
                    is_method = owner.endswith((".ndarray", ".Tensor", ".dtype", ".generic", ".flatiter"))
                    yield Docstring(name, _module_of(owner), "method" if is_method else "function", text)
                break


def _added_name(node: ast.stmt, call: ast.Call, module: str) -> str | None:
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return f"{module}.{node.targets[0].id}"
    if isinstance(call.func, ast.Name) and call.func.id == "add_newdoc":
        place, what = (_string(argument) for argument in [*call.args, ast.Constant(""), ast.Constant("")][:2])
        if not place or not what:
            return None
        detail = call.args[2] if len(call.args) > 2 else None
        pair = detail.elts if isinstance(detail, ast.Tuple) else []
        inner = _string(pair[0]) if pair else None
        public = ".".join(part for part in place.split(".") if not part.startswith("_"))
        public = public.removesuffix(".multiarray").removesuffix(".umath").removesuffix(".numerictypes")
        return f"{public}.{what}.{inner}" if inner else f"{public}.{what}"
    target = ast.unparse(call.args[0]) if call.args else ""
    return target if re.fullmatch(r"torch(\.[A-Za-z]\w*)+", target) else None


def _string(node: ast.expr) -> str | None:
    """The text of a literal, also within `"…".format(…)`, `replace_…("…")` or a pair (name, text)."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Tuple) and len(node.elts) == 2:
        return _string(node.elts[1])
    if isinstance(node, ast.BinOp):
        return _string(node.left)
    if isinstance(node, ast.Call):
        inner = node.func.value if isinstance(node.func, ast.Attribute) else None
        text = _string(inner) if isinstance(inner, ast.expr) else None
        if text is None and node.args:
            text = _string(node.args[0])
        return re.sub(r"\{\w*\}", "", text) if text else None
    return None


def _module_of(owner: str) -> str:
    above, _, last = owner.rpartition(".")
    return above if last in ("ndarray", "Tensor", "dtype", "generic", "flatiter") else owner

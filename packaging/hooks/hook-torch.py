"""torch without its headers and most of its sources; replaces the hook that collects everything.

Its sources are read by torch.jit.script and torch.compile, which are not used here, and by the modules named
below.
"""

import glob
import os

from PyInstaller.utils.hooks import PY_DYLIB_PATTERNS, collect_dynamic_libs, get_package_paths

_LEFT_OUT = (
    "torch.utils.benchmark",
    "torch.utils.bottleneck",
    "torch.utils.tensorboard",
    "torch.distributed.pipelining",
    "torch._inductor.codegen.cuda",
    "torch._inductor.codegen.rocm",
    "torch._inductor.codegen.xpu",
    "torch._inductor.fx_passes.serialized_patterns",
)
# Imported without their source, the first three warn, and the others fail.
_READ_THEMSELVES = (
    "torch.functional",
    "torch.nn.functional",
    "torch.nn.modules.rnn",
    "torch._functorch.config",
    "torch._export.config",
    "torch.fx.experimental._config",
    "torch.distributed.config",
    "torch._dynamo.config",
    "torch.compiler.config",
    "torch.utils.serialization.config",
    "torch._inductor.config",
    "torch._inductor.config_comms",
)
_NOT_LOADED = ("libjitbackend_test", "libbackend_with_compiler", "libtorchbind_test")


_FOLDER = get_package_paths("torch")[1]


def _modules():
    """All of torch, read from its folder: asking Python would import most of it, which takes minutes."""
    for folder, folders, names in os.walk(_FOLDER):
        folders[:] = [
            name for name in folders if name.isidentifier() and name not in ("test", "include", "bin")
        ]
        inside = os.path.relpath(folder, _FOLDER)
        package = "torch" if inside == "." else "torch." + inside.replace(os.sep, ".")
        if "__init__.py" not in names or package.startswith(_LEFT_OUT):
            continue
        yield package
        yield from (
            f"{package}.{name[:-3]}" for name in names if name.endswith(".py") and name[:-3].isidentifier()
        )


module_collection_mode = {"torch": "pyz", **dict.fromkeys(_READ_THEMSELVES, "pyz+py")}
warn_on_missing_hiddenimports = False
# A spec or an import statement elsewhere cannot tell which of its parts torch loads by name.
hiddenimports = [name for name in _modules() if not name.startswith(_LEFT_OUT) and "__" not in name]
excludedimports = [*_LEFT_OUT, "tensorboard", "triton", "onnx", "onnxscript", "matplotlib", "pandas", "PIL"]
binaries = [
    (source, target)
    for source, target in collect_dynamic_libs("torch", search_patterns=[*PY_DYLIB_PATTERNS, "*.so.*"])
    if not any(name in source for name in _NOT_LOADED) and "/test" not in target.replace("\\", "/")
]
# torch looks for it as soon as it is imported.
binaries += [(path, "torch/bin") for path in glob.glob(os.path.join(_FOLDER, "bin", "torch_shm_manager*"))]
# Links beside the program confuse torch about where its libraries are.
bindepend_symlink_suppression = ["**/torch/lib/*.so*"]

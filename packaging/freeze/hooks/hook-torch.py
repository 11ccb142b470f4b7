"""What PyInstaller takes of torch: its modules and libraries, and sources where TorchScript reads them.

Replaces the hook of pyinstaller-hooks-contrib, which takes torch's tests, headers and all sources too.
"""

from PyInstaller.utils.hooks import collect_data_files, collect_dynamic_libs, collect_submodules

EXCLUDED = ["**/*.h", "**/*.hpp", "**/*.cuh", "**/*.lib", "**/*.cpp", "**/*.pyi", "**/*.cmake",
            "bin/*test*", "bin/*Test*", "bin/protoc*", "test/**", "include/**", "share/**", "_inductor/**"]  # fmt: skip

hiddenimports = collect_submodules("torch", on_error="ignore")
datas = collect_data_files("torch", excludes=EXCLUDED)
binaries = collect_dynamic_libs("torch", search_patterns=["*.dll", "*.dylib", "lib*.so", "*.so.*"])
# Links of torch's libraries beside the program confuse torch about where its libraries are.
bindepend_symlink_suppression = ["**/torch/lib/*.so*"]
warn_on_missing_hiddenimports = False
# transformers decorates a few functions with torch.jit.script, which reads the sources of what they call.
module_collection_mode = {
    "torch": "pyz",
    "torch._jit_internal": "pyz+py",
    "torch._sources": "pyz+py",
    "torch._tensor": "pyz+py",
    "torch.functional": "pyz+py",
    "torch.jit": "pyz+py",
    "torch.nn": "pyz+py",
}

"""What PyInstaller takes of torch: its modules with their sources, and its libraries.

Replaces the hook of pyinstaller-hooks-contrib, which takes torch's tests and headers too.
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
# Its settings modules, and functions for torch.jit.script, are read as sources when they are imported.
module_collection_mode = "pyz+py"

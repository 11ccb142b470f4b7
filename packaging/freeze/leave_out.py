"""What the frozen app does not carry, each with its reason. Knows names only; nothing is deleted here.

`trace.py` proves the list: it runs the app's own work with these modules forbidden.
"""

MODULES = {
    # torch
    "torch.utils.tensorboard": "training logs; needs tensorboard, which is not installed",
    "torch.utils.benchmark": "for timing kernels by hand",
    "torch.utils.bottleneck": "a profiler for the command line",
    "torch.utils.hipify": "translates CUDA sources while torch is built",
    "torch.utils.cpp_extension": "compiles C++; needs setuptools and a compiler",
    "torch._inductor.codegen": "torch.compile's back end; needs a C++ compiler on the person's machine",
    "torch._inductor.fx_passes": "torch.compile's back end",
    "torch._inductor.kernel": "torch.compile's back end",
    "torch._inductor.autoheuristic": "torch.compile's back end",
    "torch._inductor.autotune_process": "torch.compile's back end",
    "torch._vendor.quack": "CUDA kernels written in Python, for compiling",
    "torch.distributed.launcher": "training on many machines",
    "torch.distributed.pipelining": "training on many machines",
    "torch.distributed.benchmarks": "training on many machines",
    "torch.distributed._shard.checkpoint": "training on many machines",
    "torch.contrib": "tensorboard's graphs",
    "functorch": "an old name of torch.func",
    # transformers
    "transformers.cli": "its command line",
    "transformers.testing_utils": "its tests",
    "transformers.trainer": "training; nothing here trains in the app",
    "transformers.trainer_seq2seq": "training",
    "transformers.data.datasets": "training",
    "transformers.pipelines": "a second way to run models; the app's own loop is the only one",
    # the rest
    "rich": "coloured terminals of huggingface_hub and typer",
    "PIL": "pictures go through Qt",
    "tkinter": "the window is Qt's",
    "matplotlib": "no plots",
    "IPython": "this is no notebook",
    "setuptools": "builds packages",
    "pip": "installs packages",
    "pkg_resources": "part of setuptools",
    "pytest": "tests",
    "numpy.f2py": "compiles Fortran",
    "numpy.distutils": "compiles numpy",
    "numpy.tests": "tests",
    "sympy.testing": "tests",
    "networkx.drawing": "plots",
    "typer": "huggingface_hub's command line",
    "lxml": "came with the tool that lists the components, not with the app",
    "PySide6.QtQml": "the window is widgets",
    "PySide6.QtQuick": "the window is widgets",
}
"""Dotted names; everything below one goes with it."""

MADE_READY = {
    "llvmlite": "160 MB that make 150 kB of machine code at run time: `ready_kernels.py` makes it before",
}
"""The same; the app uses them where they are, and a package brings what they make."""

FILES = {
    "llvmlite-*.dist-info/*": "it is not carried",
    "torch/bin/*": "torch's own C++ tests, and protoc",
    "torch/test/*": "torch's own C++ tests",
    "torch/include/*": "headers for compiling against torch",
    "torch/share/*": "CMake files for compiling against torch",
    "torch/lib/*.a": "static libraries for compiling against torch",
    "torch/lib/*.lib": "import libraries for compiling against torch",
    "torch/lib/libtorchbind_test*": "torch's own tests",
    "torch/lib/libjitbackend_test*": "torch's own tests",
    "torch/lib/libbackend_with_compiler*": "torch's own tests",
    "PySide6/Qt/qml/*": "the window is widgets",
    "PySide6/Qt/metatypes/*": "for Qt's compilers",
    "PySide6/Qt/translations/*": "kept below: only the base translations of the app's languages",
    "PySide6/translations/*": "kept below: only the base translations of the app's languages",
    "*libQt6Qml*": "the window is widgets",
    "*libQt6Quick*": "the window is widgets",
    "*Qt6Qml*": "the window is widgets",
    "*Qt6Quick*": "the window is widgets",
    "*libQt6VirtualKeyboard*": "the desktop's own keyboard is used",
    "*Qt6VirtualKeyboard*": "the desktop's own keyboard is used",
    "*libQt6EglFS*": "screens without a desktop",
    "*libQt6WlShellIntegration*": "a Wayland shell that no desktop has any more",
    "*libQt6WaylandCompositor*": "for writing a desktop",
    "*libQt6Pdf*": "no PDF is shown",
    "*Qt6Pdf*": "no PDF is shown",
    "*/plugins/tls/*": "Qt's network is used for a local socket alone; Python speaks to the hub",
    "*/plugins/networkinformation/*": "Qt's network is used for a local socket alone",
    "*/plugins/qmltooling/*": "the window is widgets",
    "*/plugins/qmllint/*": "the window is widgets",
    "*/plugins/designer/*": "for Qt Designer",
    "*/plugins/sqldrivers/*": "the history is SQLCipher's, through Python",
    "*/plugins/printsupport/*": "nothing is printed",
    "*/plugins/egldeviceintegrations/*": "screens without a desktop",
    "*/plugins/generic/*": "input devices without a desktop",
    "*/plugins/vectorimageformats/*": "no Lottie animations",
    "*/plugins/platforms/libqeglfs*": "screens without a desktop",
    "*/plugins/platforms/libqlinuxfb*": "screens without a desktop",
    "*/plugins/platforms/libqminimal*": "for Qt's own tests",
    "*/plugins/platforms/libqvkkhrdisplay*": "screens without a desktop",
    "*/plugins/platforms/libqvnc*": "remote screens; the network is not used",
    "*/plugins/platforms/qdirect2d*": "the default on Windows is another",
    "*/plugins/platforminputcontexts/libqtvirtualkeyboard*": "the desktop's own keyboard is used",
    "*/plugins/platformthemes/libqgtk3*": "would carry GTK along; the portal's theme does its work",
    "*/plugins/wayland-graphics-integration-server/*": "for writing a desktop",
    "*/plugins/wayland-shell-integration/libivi-shell*": "for cars",
    "*/plugins/wayland-shell-integration/libfullscreen-shell*": "for kiosks",
    "*/plugins/wayland-shell-integration/libwl-shell*": "a shell that no desktop has any more",
    "*/plugins/wayland-shell-integration/libqt-shell*": "for Qt's own compositors",
    "*/plugins/imageformats/*qpdf*": "no PDF is shown",
    "*/plugins/imageformats/*qtiff*": "replies show no pictures; icons are SVG and PNG",
    "*/plugins/imageformats/*qtga*": "replies show no pictures; icons are SVG and PNG",
    "*/plugins/imageformats/*qwbmp*": "replies show no pictures; icons are SVG and PNG",
    "*/plugins/imageformats/*qwebp*": "replies show no pictures; icons are SVG and PNG",
    "*/plugins/imageformats/*qicns*": "replies show no pictures; icons are SVG and PNG",
    "*/plugins/imageformats/*qgif*": "replies show no pictures; icons are SVG and PNG",
    "*/opengl32sw.dll": "a software OpenGL for 3D; widgets need none",
    "resources/screenshots/*": "pictures of the README",
    "resources/guide_model/corpus/*": "training texts of the guide model",
    "resources/guide_model/*.py": "training scripts of the guide model",
}
"""Glob patterns over paths inside the bundle."""

KEPT = (
    "*/translations/qtbase_zh_CN.qm",
    "*/translations/qtbase_en.qm",
    "torch/bin/torch_shm_manager",  # import torch looks for it
)
"""Patterns that win over FILES."""

TRANSFORMERS_FILES = ("modular_*.py", "convert_*.py")
"""Sources that transformers itself never imports: what models were written from, and converters."""

LINUX_ONLY = {
    "desktop_llm.ui.hotkey.x11": "imports Xlib, which is installed on Linux alone",
    "desktop_llm.ui.hotkey.portal": "imports jeepney, which is installed on Linux alone",
}
"""Modules of the app that cannot be imported on Windows and macOS, where nothing imports them."""

SYSTEM_LIBRARIES = {
    "libstdc++.so*": "every desktop has it, and its drivers may need a newer one than the build's",
    "libgcc_s.so*": "every desktop has it, and its drivers may need a newer one than the build's",
    "libcudart*": "from a CUDA that happened to be on the building machine; this is the CPU build",
    "libxcb-glx.so*": "belongs to the system's OpenGL",
}
"""Libraries of the building machine that the person's own system must give."""

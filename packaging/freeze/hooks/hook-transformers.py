"""What PyInstaller takes of transformers: the modules that the import trace used, with their sources.

transformers imports by name at run time, and lists its own source files to know what there is.
"""

import json
import os
from pathlib import Path

from PyInstaller.utils.hooks import copy_metadata, get_module_attribute
from PyInstaller.utils.hooks import is_module_satisfies as is_there

used = json.loads(Path(os.environ["DESKTOP_LLM_TRACE"]).read_text("utf-8"))["modules"]
hiddenimports = [name for name in used if name.startswith("transformers.")]
# It asks for the versions of what it may work with.
wanted = get_module_attribute("transformers.dependency_versions_table", "deps")
datas = [file for name, how in wanted.items() if is_there(how) for file in copy_metadata(name)]
module_collection_mode = "pyz+py"

"""Layers unpacked once, not once for every worker of every function.

MiniStack writes out a layer's 40 MB anew for each worker it starts, in the process that serves everything else: ten
requests at once then wait for seconds. As on Lambda, where a layer is a mount, workers share one unpacked copy here.
"""

import hashlib
import tempfile
import threading
import types
import zipfile
from pathlib import Path
from typing import Any

_unpacking = threading.Lock()


class SharedUnpacking(zipfile.ZipFile):
    """A `ZipFile` that, asked to unpack into a folder `layer_<n>`, links to the copy that is there already."""

    def extractall(self, path: Any = None, members: Any = None, pwd: bytes | None = None) -> None:
        """Unpack, or link to what was unpacked before."""
        if path is None or not Path(path).name.startswith("layer_"):
            super().extractall(path, members, pwd)
            return
        for entry in self._unpacked().iterdir():
            Path(path, entry.name).symlink_to(entry)

    def _unpacked(self) -> Path:
        contents = "\n".join(f"{info.filename} {info.CRC} {info.file_size}" for info in self.infolist())
        folder = Path(tempfile.gettempdir(), "layers", hashlib.sha256(contents.encode()).hexdigest())
        with _unpacking:
            if not folder.exists():
                partial = folder.with_suffix(".partial")
                super().extractall(partial)
                partial.rename(folder)
        return folder


def apply() -> None:
    """Let MiniStack's workers unpack with this."""
    from ministack.core import lambda_runtime

    shared = types.ModuleType("zipfile")
    vars(shared).update(vars(zipfile), ZipFile=SharedUnpacking)
    lambda_runtime.zipfile = shared

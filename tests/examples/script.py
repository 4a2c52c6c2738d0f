"""Files of `examples` as modules: they lie in no package."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any


def load_script(file: Path) -> Any:  # noqa: ANN401  what a module has is known to the file alone
    """Return a file as a module of its name."""
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

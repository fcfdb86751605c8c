"""Writes the generated pages: `python -m shouwang.analysis.standard [folder]` (docs/reference by default)."""

import json
import sys
from pathlib import Path

from shouwang.analysis.standard import datapackage, format_page, load

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/reference")
folder.mkdir(parents=True, exist_ok=True)
(folder / "format.md").write_text(format_page(load()), "utf-8")
(folder / "datapackage.json").write_text(json.dumps(datapackage(load()), ensure_ascii=False, indent=1) + "\n", "utf-8")

"""The settings' defaults, generated from the parameters of `template.yaml`, where alone they stand.

`python -m tools.defaults` writes `vaxcert/aws/defaults.py`; with `--check` it fails where the committed file differs.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator

from tools.generated import write_or_check
from tools.paths import ROOT
from tools.template import template

_AWS = ROOT / "layers/vaxcert/python/vaxcert/aws"
FILE = _AWS / "defaults.py"
_HEAD = '''"""What a setting is where nobody says: the defaults of template.yaml's parameters. Generated from them by `make docs`."""

from __future__ import annotations

from typing import Final

DEFAULTS: Final = {
'''


def text() -> str:
    """The file as it is committed."""
    return _HEAD + "".join(_lines()) + "}\n"


def _lines() -> Iterator[str]:
    # Read, not imported: the settings cannot be imported before a new one has its default.
    asked = re.findall(r'_default\("(\w+)"', (_AWS / "settings.py").read_text("utf-8"))
    parameters = template()["Parameters"]
    for name in asked:
        yield f'    "{name}": {json.dumps(str(parameters[name]["Default"]), ensure_ascii=False)},\n'


if __name__ == "__main__":
    sys.exit(write_or_check(FILE, text(), "template.yaml says"))

"""Where the repository is, and where its tools keep their things."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".local"

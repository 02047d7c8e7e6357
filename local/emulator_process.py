"""Entry point of the emulator's process; it runs on the emulator's own Python environment.

    python -m local.emulator_process <interpreter for the functions>

It mends MiniStack where it would judge our policies otherwise than AWS does, gives the functions an interpreter that
sees nothing but their layers, and hands over. Everything else is configured by the environment (`local.emulator`).
"""

import sys


def main() -> None:
    """Start MiniStack in this process."""
    from ministack import app

    from local import emulator_mends, emulator_s3, emulator_workers

    interpreter = sys.argv[1]
    sys.argv = ["ministack"]
    emulator_mends.apply()
    emulator_s3.apply()
    emulator_workers.apply()
    # MiniStack starts functions with its own interpreter, whose site-packages would stand in for a missing layer.
    sys.executable = interpreter
    app.main()


if __name__ == "__main__":
    main()

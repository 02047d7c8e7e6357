"""Entry point of the emulator's process; it runs on the emulator's own Python environment.

    python -m local.emulator.entry <interpreter for the functions>

It mends MiniStack where it would judge our policies otherwise than AWS does, gives the functions an interpreter that
sees nothing but their layers, and hands over. Everything else is configured by the environment (`local.emulator.server`).
"""

import sys


def main() -> None:
    """Start MiniStack in this process."""
    from ministack import app

    from local.emulator import compression, domain, layers, mends, s3, serving, snapshots, thrift, workers

    interpreter = sys.argv[1]
    sys.argv = ["ministack"]
    compression.apply()
    domain.apply()
    layers.apply()
    mends.apply()
    s3.apply()
    serving.apply()
    thrift.apply()
    workers.apply()
    snapshots.apply()
    # MiniStack starts functions with its own interpreter, whose site-packages would stand in for a missing layer.
    sys.executable = interpreter
    app.main()


if __name__ == "__main__":
    main()

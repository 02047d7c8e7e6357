"""What a measured process does: import a function as Lambda does and, if an event is given, answer it. No part of ours is loaded for it.

    python run.py MODULE HANDLER [EVENTS [WARM]]

EVENTS is a file of a JSON list; each event is answered once, and must be answered with 200 and without an error. With WARM the
processor time of all but the first WARM answers is printed, in microseconds each. It ends at once: what a process does when it ends is
no part of a start.
"""

import importlib
import json
import os
import sys
import time
from pathlib import Path


class Context:
    """What Powertools' logger asks of Lambda's context."""

    function_name = "bench"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws-cn:lambda:cn-north-1:123456789012:function:bench"
    aws_request_id = "6f1c3a52-8d0e-4b7f-9c55-0d2f4a1b7e90"


def _main(module: str, name: str, events: str = "", warm: str = "") -> None:
    handler = importlib.import_module(module)
    for part in name.split("."):
        handler = getattr(handler, part)
    if events:
        asked = json.loads(Path(events).read_text("utf-8"))
        first, context, began = int(warm or 0), Context(), 0.0
        for number, event in enumerate(asked):
            if number == first:
                began = time.process_time()
            answer = handler(event, context)
            if answer.get("statusCode", 200) != 200:
                sys.exit(str(answer))
        taken = time.process_time() - began
        said = json.loads(answer["body"])["result"] if "body" in answer else "known"
        print("\nANSWERED", said, 1e6 * taken / max(1, len(asked) - first), len(sys.modules))
    else:
        print("\nANSWERED", "started", 0, len(sys.modules))
    sys.stdout.flush()
    os._exit(0)


_main(*sys.argv[1:])

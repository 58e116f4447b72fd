"""The conversation with the benchmark: settings come as JSON in argv[1], requests as lines on standard input,
answers go out as JSON lines on standard output."""

import importlib.metadata
import json
import os
import sys
import time

settings = json.loads(sys.argv[1])

# Libraries print to standard output; only answers may stand there.
_answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def answer(**values):
    _answers.write(json.dumps(values) + "\n")
    _answers.flush()


def next_request():
    """The next request, or None when the benchmark wants no more."""
    return sys.stdin.readline().strip() or None


def peak_memory_bytes():
    """The most memory that this process ever had resident."""
    try:
        with open("/proc/self/status") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
    except FileNotFoundError:
        pass
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def versions(*packages):
    return {"python": sys.version.split()[0], **{name: importlib.metadata.version(name) for name in packages}}


def wait_for_device():
    """Returns when the GPU has computed what it was given; without one, everything is computed already."""
    if settings["device"] == "cuda":
        import torch

        torch.cuda.synchronize()


def sgemm_rate(size, products=5):
    """Floating-point operations a second of the median float32 product of two size × size matrices."""
    import torch

    left, right = (torch.randn(size, size, device=settings["device"]) for _ in range(2))
    torch.mm(left, right)
    seconds = []
    for _ in range(products):
        wait_for_device()
        started = time.perf_counter()
        torch.mm(left, right)
        wait_for_device()
        seconds.append(time.perf_counter() - started)
    return 2 * size**3 / sorted(seconds)[products // 2]

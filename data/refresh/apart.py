"""Computing a step in a process of its own, at low priority, so that the app stays quick."""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from data.refresh import Inputs, Results, Step


class ComputeFailed(RuntimeError):
    """The process ended without results; the message is its last line."""


class Apart:
    """How to compute a step in another process; what passes between lies in ``folder`` meanwhile."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._run: subprocess.Popen[str] | None = None

    def kill(self) -> None:
        """End the process at work, if there is one: its step has failed then."""
        run = self._run
        if run is not None:
            run.kill()

    def __call__(self, step: Step, inputs: Inputs, tell: Callable[[float], None]) -> Results:
        """The step's results. Raises :class:`ComputeFailed`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            room = Path(name)
            (room / "in").write_bytes(pickle.dumps((step, inputs)))
            self._run = _start(name)
            try:
                _follow(self._run, tell)
            finally:
                self._run.kill()
                self._run.wait()
                self._run = None
            results: Results = pickle.loads((room / "out").read_bytes())
            return results


def _start(room: str) -> subprocess.Popen[str]:
    root = str(Path(__file__).resolve().parents[2])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.Popen(
        [sys.executable, "-m", __name__, room],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
    )  # fmt: skip


def _follow(run: subprocess.Popen[str], tell: Callable[[float], None]) -> None:
    """Pass its progress on until it ends. Raises :class:`ComputeFailed`."""
    assert run.stdout is not None
    for line in run.stdout:
        with contextlib.suppress(ValueError):
            tell(float(line))
    _, fault = run.communicate()
    if run.returncode:
        last = fault.strip().splitlines()
        raise ComputeFailed(last[-1] if last else f"exit code {run.returncode}")


def main(room: Path) -> None:
    """The other process: read, compute, write; a line on stdout for every bit of progress."""
    if hasattr(os, "nice"):
        os.nice(10)
    step, inputs = pickle.loads((room / "in").read_bytes())
    import_module(type(step).__module__)
    results = step.compute(inputs, lambda share: print(share, flush=True))
    (room / "out").write_bytes(pickle.dumps(results))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

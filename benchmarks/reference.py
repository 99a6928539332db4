"""Reference methods, one series at a time: statsmodels here, statsforecast in its own process."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
import venv
import warnings
from pathlib import Path

import numpy as np
from scipy import stats
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.forecasting.theta import ThetaModel

from forecasting.daily.scores import TAILS

Array = np.ndarray
ENVIRONMENT = Path(tempfile.gettempdir()) / "jiesu-bench-statsforecast"
PACKAGES = ("statsforecast>=2,<3", "pandas<3")
WORKER = Path(__file__).with_name("reference_worker.py")


def filled(series: Array, season: int) -> Array:
    """Leading gaps cut, others filled with the value of the season before (they cannot skip)."""
    known = np.flatnonzero(np.isfinite(series))
    out = series[known[0] :].copy() if len(known) else np.zeros(season * 2)
    for i in np.flatnonzero(~np.isfinite(out)):
        out[i] = out[i - season] if i >= season else np.nanmean(out)
    return out


def ets(series: list[Array], ahead: int, season: int) -> tuple[Array, Array, float]:
    """statsmodels ETS(A,N,A) (A,N,N without a season): means, quantiles, CPU seconds."""
    start = time.process_time()
    means, tails = [], []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for one in series:
            seasonal = {"seasonal": "add", "seasonal_periods": season} if season > 1 else {}
            model = ETSModel(one, error="add", **seasonal).fit(disp=False)
            mean = np.asarray(model.forecast(ahead))
            # Hyndman et al. 2008, table 6.1: variance of (A,N,A) at h.
            alpha = model.smoothing_level
            gamma = getattr(model, "smoothing_seasonal", 0.0) if season > 1 else 0.0
            h = np.arange(1, ahead + 1)
            k = (h - 1) // season if season > 1 else 0
            spread = np.sqrt(model.mse * (1 + alpha**2 * (h - 1) + gamma * k * (2 * alpha + gamma)))
            means.append(mean)
            tails.append(mean + spread * stats.norm.ppf(np.array(TAILS))[:, None])
    return np.array(means), np.maximum(np.array(tails), 0), time.process_time() - start


def theta(series: list[Array], ahead: int, season: int) -> tuple[Array, Array, float]:
    """statsmodels Theta (Assimakopoulos & Nikolopoulos 2000), seasonally adjusted if seasonal."""
    start = time.process_time()
    means, tails = [], []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for one in series:
            model = ThetaModel(
                one, period=max(season, 2), deseasonalize=season > 1, use_test=False, method="add"
            ).fit()
            mean = np.asarray(model.forecast(ahead))
            ends = [np.asarray(model.prediction_intervals(ahead, alpha=2 * t)) for t in TAILS[:3]]
            lows, highs = [e[:, 0] for e in ends], [e[:, 1] for e in ends[::-1]]
            means.append(mean)
            tails.append(np.array([*lows, *highs]))
    return np.array(means), np.maximum(np.array(tails), 0), time.process_time() - start


def interpreter() -> tuple[Path | None, str]:
    """The Python of the separate environment, made on first use; else ``None`` and why."""
    python = ENVIRONMENT / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    if not (ENVIRONMENT / "ready").exists():
        try:
            venv.create(ENVIRONMENT, with_pip=True, clear=True)
            done = subprocess.run(
                [python, "-m", "pip", "install", "--quiet", *PACKAGES],
                capture_output=True, text=True, timeout=900, check=False,
            )  # fmt: skip
        except (OSError, subprocess.SubprocessError) as error:
            return None, str(error)
        if done.returncode:
            return None, done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "pip"
        (ENVIRONMENT / "ready").touch()
    return python, ""


def statsforecast(
    python: Path, model: str, series: list[Array], ahead: int, season: int
) -> tuple[Array, Array, float]:
    """One model of statsforecast over all series; CPU seconds are those of its process."""
    with tempfile.TemporaryDirectory() as folder:
        asked, got = Path(folder) / "asked.npz", Path(folder) / "got.npz"
        np.savez(asked, *series)
        settings = {"model": model, "ahead": ahead, "season": season, "tails": list(TAILS)}
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [python, WORKER, asked, got, json.dumps(settings)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode:
            raise RuntimeError(done.stderr[-400:])
        with np.load(got) as found:
            spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            return found["mean"], np.maximum(found["tails"], 0), spent - float(found["start"])

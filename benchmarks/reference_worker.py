"""Run by the separate environment: one statsforecast model over many series. Knows nothing of us."""

import json
import sys
import time
import warnings

import numpy as np
import pandas as pd


def main() -> None:
    """asked.npz, got.npz, settings -> means and quantiles."""
    from statsforecast import StatsForecast, models

    asked, got, text = sys.argv[1:4]
    settings = json.loads(text)
    warnings.simplefilter("ignore")
    with np.load(asked) as found:
        series = [found[name] for name in found.files]
    frame = pd.DataFrame(
        {
            "unique_id": np.repeat(np.arange(len(series)), [len(one) for one in series]),
            "ds": np.concatenate([np.arange(len(one)) for one in series]),
            "y": np.concatenate(series),
        }
    )
    name, season, ahead = settings["model"], settings["season"], settings["ahead"]
    levels = sorted({round(100 * (1 - 2 * tail), 6) for tail in settings["tails"] if tail < 0.5})
    model = getattr(models, name)(season_length=season)
    start = time.process_time()  # importing and compiling are not the model's
    fallback = models.SeasonalNaive(season_length=season)
    run = StatsForecast(models=[model], freq=1, n_jobs=1, fallback_model=fallback)
    said = run.forecast(df=frame, h=ahead, level=levels).reset_index(drop=True)
    mean = said[name].to_numpy().reshape(len(series), ahead)
    tails = []
    for tail in settings["tails"]:
        side, level = ("lo", 1 - 2 * tail) if tail < 0.5 else ("hi", 2 * tail - 1)
        column = next(
            c for c in said
            if c.startswith(f"{name}-{side}-")
            and abs(float(c.rsplit("-", 1)[1]) - 100 * level) < 1e-3
        )  # fmt: skip
        tails.append(said[column].to_numpy().reshape(len(series), ahead))
    np.savez(got, mean=mean, tails=np.stack(tails, axis=1), start=start)


if __name__ == "__main__":
    main()

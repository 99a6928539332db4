"""`python -m benchmarks.forecast`: our forecasts against simple rules and public methods.

Every panel is forecast at the same rolling origins, each blind to what follows; the same
cells (origin, series, 28 days or 13 weeks) are judged for every method; AutoARIMA, a hundred times
slower, sees fewer of them, and everybody is judged on those few once more. Ours is the sequence of choices
made at each origin from what was known then; nothing is held back with hindsight. Published figures of M4 weekly
and NN5 are reproduced first, to show that the ruler is straight.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table
from statsmodels.tsa.stattools import diebold_mariano_test
from threadpoolctl import threadpool_limits

from benchmarks import reference
from benchmarks.panels import M4, M4_RANKS, M4_TEST, NN5, Panel, m4_weekly, nn5, panels
from forecasting.daily.backtest import Backtest, limits
from forecasting.daily.drivers import drivers
from forecasting.daily.run import modelled, silent
from forecasting.daily.scores import LEVELS, TAILS, naive_scale
from tests.realdata import ROOT

SLOW = "AutoARIMA"


@dataclass
class Said:
    """One method on all cells: origins × ahead × series; quantiles TAILS first."""

    mean: np.ndarray
    tails: np.ndarray | None = None
    seconds: float = float("nan")


@dataclass
class Cells:
    """What is judged, the scale of each series, and what was known at each origin."""

    came: np.ndarray
    absolute: np.ndarray
    squared: np.ndarray
    season: int
    pasts: list[list[np.ndarray]]
    said: dict[str, Said] = field(default_factory=dict)

    @property
    def ahead(self) -> int:
        """Observations ahead."""
        return int(self.came.shape[1])

    def some(self, origins: int, series: int) -> Cells:
        """Fewer of them, evenly spread; CPU seconds are of all cells and so are left out."""
        o, s = spread(self.came.shape[0], origins), spread(self.came.shape[2], series)
        said = {
            name: Said(one.mean[o][:, :, s], None if one.tails is None else one.tails[:, o][..., s])
            for name, one in self.said.items()
        }
        pasts = [[self.pasts[i][j] for j in s.tolist()] for i in o.tolist()]
        return Cells(
            self.came[o][:, :, s], self.absolute[s], self.squared[s], self.season, pasts, said
        )


def spread(n: int, most: int) -> np.ndarray:
    """At most so many of the numbers 0 … n - 1, evenly spread, the ends among them."""
    return np.unique(np.linspace(0, n - 1, min(n, most)).astype(int))


def main() -> None:
    """Reproduce, run, print."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--series", type=int, default=12, help="series judged per panel")
    ask.add_argument("--origins", type=int, default=8, help="origins judged per panel")
    ask.add_argument(
        "--models", default="AutoETS,AutoARIMA,AutoTheta", help="of statsforecast; '' for none"
    )
    ask.add_argument("--arima", default="4x2", help="series x origins for AutoARIMA")
    ask.add_argument("--panels", default="", help="only panels whose name holds this")
    ask.add_argument(
        "--skip-published", action="store_true", help="leave out the published figures"
    )
    given = ask.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 150)
    with threadpool_limits(1):
        if not given.skip_published:
            published(console)
        python, why = reference.interpreter() if given.models else (None, "not asked for")
        if python is None:
            console.print(f"statsforecast left out: {why}")
        found, missing = panels()
        for name in missing:
            console.print(f"skipped, not found: {name}")
        for panel in found:
            if given.panels in panel.name:
                cells, tested = judged(panel, given, python, console)
                console.print(report(panel, cells, tested))
                if python is not None and SLOW in given.models:
                    few = fewer(cells, given, python, console)
                    if SLOW in few.said:
                        console.print(report(panel, few, None))


# -- the panels ---------------------------------------------------------------------------


def judged(panel: Panel, given, python, console: Console) -> tuple[Cells, Backtest]:
    """All methods on the sampled cells of one panel."""
    counts, steps = panel.counts, panel.steps
    start = time.process_time()
    dated = drivers(counts.days, steps, country=panel.country)
    _, tested = modelled(counts, dated, steps, silent, hold=False)
    spent = time.process_time() - start
    day = tested.day or tested.week
    m = steps.season
    ahead = steps.near * m
    full = np.flatnonzero(np.isfinite(day.came[:, ahead - m :]).any(axis=(1, 2)))
    origins = full[spread(len(full), given.origins)]
    nodes = sampled(counts, given.series)
    first = len(counts.values) // m - len(day.made)  # blocks before the first reported origin
    values = counts.total(counts.values)[:, nodes]
    came = day.came[origins][:, :ahead][:, :, nodes]
    absolute, squared = naive_scale(values[: first * m], m)
    pasts = [
        [reference.filled(values[: (first + o) * m, i], m) for i in range(len(nodes))]
        for o in origins.tolist()
    ]
    cells = Cells(came, absolute, squared, m, pasts)
    ours = Said(
        day.made[origins][:, :ahead][:, :, nodes], ours_tails(tested, origins, m)[..., nodes], spent
    )
    cells.said["ours"] = ours
    cells.said["weekday mean (4 weeks)"] = Said(day.bar[origins][:, :ahead][:, :, nodes])
    cells.said["seasonal naive"] = Said(day.naive[origins][:, :ahead][:, :, nodes])
    methods = {"statsmodels ETS(A,N,A)": reference.ets, "statsmodels Theta": reference.theta}
    for name, method in methods.items():
        cells.said[name] = gathered([method(past, ahead, m) for past in pasts])
    for model in given.models.split(","):
        if python is not None and model and model != SLOW:
            elsewhere(cells, model, python, console)
    return cells, tested


def fewer(cells: Cells, given, python, console: Console) -> Cells:
    """The few cells that AutoARIMA is given, with what all others said of them."""
    series, origins = (int(n) for n in given.arima.split("x"))
    few = cells.some(origins, series)
    elsewhere(few, SLOW, python, console)
    return few


def elsewhere(cells: Cells, model: str, python, console: Console) -> None:
    """One method of statsforecast on all cells, in its own environment."""
    flat = [one for past in cells.pasts for one in past]
    try:
        mean, tails, seconds = reference.statsforecast(
            python, model, flat, cells.ahead, cells.season
        )
    except RuntimeError as error:
        console.print(f"{model} left out: {error}")
        return
    shape = (len(cells.pasts), cells.came.shape[2])
    cells.said[model] = Said(
        mean.reshape(*shape, cells.ahead).transpose(0, 2, 1),
        tails.reshape(*shape, len(TAILS), cells.ahead).transpose(2, 0, 3, 1),
        seconds,
    )


def ours_tails(tested: Backtest, origins: np.ndarray, season: int) -> np.ndarray:
    """Our quantiles at these origins: TAILS × origins × days × nodes."""
    day = tested.day or tested.week
    out = []
    for o in origins.tolist():
        ends = limits(day.spread, day.made[o], day.first + o, season, LEVELS)
        lows = [ends[f"low_{round(100 * level)}"] for level in sorted(LEVELS, reverse=True)]
        highs = [ends[f"high_{round(100 * level)}"] for level in sorted(LEVELS)]
        out.append(np.array([*lows, *highs]))
    return np.stack(out, axis=1)


def gathered(runs) -> Said:
    """Origins together: (means, tails, seconds) of each."""
    mean = np.stack([run[0].T for run in runs])
    tails = np.stack([run[1].transpose(1, 2, 0) for run in runs], axis=1)
    return Said(mean, tails, sum(run[2] for run in runs))


def sampled(counts, most: int) -> np.ndarray:
    """Sums first, then the largest series, then every so many of the rest."""
    width, total = len(counts.pool), counts.wholes.shape[0]
    wholes = np.arange(width, total)[::-1][: most // 3]
    size = np.argsort(-np.nansum(counts.values, axis=0), kind="stable")
    rest = size[np.unique(np.linspace(0, width - 1, min(width, most - len(wholes))).astype(int))]
    return np.concatenate([wholes, rest])


def report(panel: Panel, cells: Cells, tested: Backtest | None) -> Table:
    """One row per method."""
    origins, ahead, series = cells.came.shape
    unit = "weeks" if cells.season == 1 else "days"
    title = f"{panel.name}: {len(panel.counts.pool)} series; judged {series} series × {origins} origins × {ahead} {unit}"
    table = Table(
        "method", "RMSSE", "MASE", "pinball", "50 %", "80 %", "95 %", "week WAPE", "CPU s",
        "DM p (we are better)", title=title,
    )  # fmt: skip
    ours = cells.said["ours"]
    for name, said in cells.said.items():
        row = measures(cells, said)
        table.add_row(
            name, *(f"{row[k]:.3f}" if np.isfinite(row[k]) else "-" for k in
                    ("rmsse", "mase", "pinball", "c50", "c80", "c95", "wape")),
            f"{said.seconds:.1f}" if np.isfinite(said.seconds) else "-",
            "" if said is ours else diebold(cells, ours, said),
        )  # fmt: skip
    scores = tested.scores if tested is not None else pd.DataFrame({"band": [], "n": []})
    for band in ("day_1_7", "day_15_28", "week_1", "week_2_4", "week_5_13"):
        if not (scores["band"] == band).any():
            continue
        part = scores[(scores["band"] == band) & (scores["n"] > 0)]
        size = part["observed"] + 1e-9
        table.add_row(
            f"  all series, all origins, {band}", f"{part['rmsse'].mean():.3f} (bar {part['rmsse_bar'].mean():.3f})",
            f"{part['mase'].mean():.3f}", f"{part['pinball'].mean():.3f}",
            *(f"{part[f'coverage_{k}'].mean():.3f}" for k in (50, 80, 95)),
            f"{np.average(part['wape'].fillna(0), weights=size):.3f} (bar {np.average(part['wape_bar'].fillna(0), weights=size):.3f})",
            f"n={int(part['n'].max())}", "",
        )  # fmt: skip
    return table


def measures(cells: Cells, said: Said) -> dict[str, float]:
    """Mean over series of each scaled error; coverage of closed intervals, pooled."""
    known = np.isfinite(cells.came)
    error = np.where(known, said.mean - cells.came, np.nan)
    out = {
        "rmsse": float(np.nanmean(np.sqrt(np.nanmean(error**2, axis=(0, 1)) / cells.squared))),
        "mase": float(np.nanmean(np.nanmean(np.abs(error), axis=(0, 1)) / cells.absolute)),
    }
    m = cells.season
    week = cells.came[:, :m].sum(axis=1)
    ok = np.isfinite(week)
    gap = np.abs(said.mean[:, :m].sum(axis=1) - week)
    out["wape"] = float(gap[ok].sum() / week[ok].sum())
    out |= dict.fromkeys(("pinball", "c50", "c80", "c95"), float("nan"))
    if said.tails is not None:
        tail = np.array(TAILS)[:, None, None, None]
        gaps = cells.came - said.tails
        loss = np.maximum(tail * gaps, (tail - 1) * gaps).mean(axis=0)
        out["pinball"] = float(np.nanmean(np.nanmean(loss, axis=(0, 1)) / cells.absolute))
        for i, key in ((2, "c50"), (1, "c80"), (0, "c95")):
            low, high = said.tails[i], said.tails[-1 - i]
            inside = (cells.came >= np.floor(low)) & (cells.came <= np.ceil(high))
            out[key] = float(inside[known].mean())
    return out


def diebold(cells: Cells, ours: Said, other: Said) -> str:
    """p of equal squared error, series scaled and averaged day by day; HAC as far as one looks ahead."""
    weight = 1 / np.sqrt(cells.squared)
    use = np.isfinite(weight)

    def flat(values: np.ndarray) -> np.ndarray:
        return (values * weight)[:, :, use].reshape(-1, int(use.sum()))

    came, a, b = flat(cells.came), flat(ours.mean), flat(other.mean)
    days = np.isfinite(came).any(axis=1)
    if days.sum() < 40:
        return "-"

    def criterion(y: np.ndarray, said: np.ndarray) -> np.ndarray:
        index = np.asarray(y, dtype=int)
        return np.nanmean((came[index] - (a if said[0] == 0 else b)[index]) ** 2, axis=1)

    index = np.flatnonzero(days)
    with np.errstate(all="ignore"):
        found = diebold_mariano_test(
            index,
            np.zeros(len(index)),
            np.ones(len(index)),
            lags=cells.ahead - 1,
            criterion=criterion,
        )
    p = float(found.pvalue)
    better = criterion(index, np.zeros(1)).mean() < criterion(index, np.ones(1)).mean()
    return f"{p:.3f}" + ("" if better else " (worse)")


# -- published figures ----------------------------------------------------------------------


def published(console: Console) -> None:
    """M4 weekly (official table) and NN5 (Godahewa et al. 2021, Monash archive, 56 days)."""
    table = Table(
        "data", "method", "MASE", "published", "sMAPE", "published", title="Published figures"
    )
    if (ROOT / M4).exists() and (ROOT / M4_TEST).exists():
        m4_rows(table)
    else:
        console.print(f"skipped, not found: {M4}")
    if (ROOT / NN5).exists():
        nn5_rows(table)
    else:
        console.print(f"skipped, not found: {NN5}")
    console.print(table)


def m4_rows(table: Table) -> None:
    """359 series, 13 weeks ahead; the season of M4's weekly data is 1."""
    panel, series = m4_weekly(ROOT / M4)
    came = pd.read_csv(ROOT / M4_TEST).iloc[:, 1:].to_numpy(dtype=float)
    scale = np.array([np.abs(np.diff(one)).mean() for one in series])
    official = {}
    if (ROOT / M4_RANKS).exists():
        sheet = pd.read_excel(
            ROOT / M4_RANKS, sheet_name="Point Forecasts-Frequency", header=None, engine="calamine"
        )
        official = {
            str(row[0]): (row[11], row[4]) for row in sheet.itertuples(index=False, name=None)
        }
    now, _ = modelled(
        panel.counts, drivers(panel.counts.days, panel.steps, country=None), panel.steps,
        silent,
    )  # fmt: skip
    place = {name: i for i, name in enumerate(panel.counts.keys["id"])}
    names = pd.read_csv(ROOT / M4_TEST).iloc[:, 0]
    said = {
        "Naive": np.array([np.repeat(one[-1], 13) for one in series]),
        "SES": np.array([ses(one, 13) for one in series]),
        "Theta": reference.theta(series, 13, 1)[0],
        "ours": now.weeks.T[[place[name] for name in names]],
    }
    for name, mean in said.items():
        add(table, "M4 weekly", name, mean, came, scale, official.get(name))


def nn5_rows(table: Table) -> None:
    """735 days to learn, 56 to forecast; gaps filled with the weekday's median, as published."""
    wide = pd.read_csv(ROOT / NN5).iloc[:, 1:].to_numpy(dtype=float)
    for i in range(wide.shape[1]):
        for d in range(7):
            part = wide[d::7, i]
            part[np.isnan(part)] = np.nanmedian(part)
    past, came = wide[:735], wide[735:].T
    scale = np.abs(past[7:] - past[:-7]).mean(axis=0)
    panel = nn5(ROOT / NN5, 735)[0]
    counts = panel.counts
    from forecasting.daily.candidates import BLEND
    from forecasting.daily.choose import chosen
    from forecasting.daily.rolling import members, rolled, served
    from forecasting.daily.run import design_of

    design = design_of(counts, drivers(counts.days, panel.steps, country="GB"), panel.steps)
    tried, fits = rolled(design, members(counts.pool))
    ahead, _ = served(design, members(counts.pool), fits)
    choice = np.where(ahead.broken, BLEND, chosen(tried, counts, panel.steps).near[-1])
    names = {name: i for i, name in enumerate(counts.keys["machine"])}
    order = [names[name] for name in pd.read_csv(ROOT / NN5, nrows=1).columns[1:]]
    series = list(past.T)
    said = {
        "SES": (np.array([ses(one, 56) for one in series]), (1.521, 35.50)),
        "Theta": (reference.theta(series, 56, 7)[0], (0.885, 22.01)),
        "ETS": (reference.ets(series, 56, 7)[0], (0.865, 21.49)),
        "ours": (np.choose(choice, ahead.made)[:56].T[order], None),
    }
    for name, (mean, official) in said.items():
        add(table, "NN5", name, mean, came, scale, official)


def ses(one: np.ndarray, ahead: int) -> np.ndarray:
    """Simple exponential smoothing, fitted by statsmodels."""
    return reference.ets([one], ahead, 1)[0][0]


def add(table: Table, data: str, name: str, mean, came, scale, official) -> None:
    """One row: MASE and sMAPE beside the published ones."""
    mase = (np.abs(mean - came).mean(axis=1) / scale).mean()
    smape = (200 * np.abs(mean - came) / (np.abs(mean) + np.abs(came))).mean()
    want = ("-", "-") if official is None else tuple(f"{float(x):.3f}" for x in official)
    table.add_row(data, name, f"{mase:.3f}", want[0], f"{smape:.2f}", want[1])


if __name__ == "__main__":
    main()

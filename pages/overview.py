"""The two-minute look: what changed, who needs help, where it will rise, what to do next."""

import streamlit as st

from ui import overview_ahead as ahead
from ui import overview_data as numbers
from ui import overview_forecast as forecast
from ui import overview_panels as panels
from ui import overview_rises as risen
from ui import overview_words as sentences
from ui import view
from ui.overview_alerts import alert_list
from ui.page import page

with page("overview") as ctx:
    now, before, course, kpis = numbers.kpis(ctx)
    measured = [k for k in kpis if k.now.value is not None and k.indicator.direction == "up"]
    # The indicator that weighs most and is measured tells who needs help.
    weights = {item.indicator: item.weight for item in ctx.scheme.composite}
    main = max(measured or kpis, key=lambda k: weights.get(k.indicator.id, 0)).indicator
    units = numbers.low_units(ctx, main)
    late = numbers.overdue_units(ctx)
    rises, citywide = risen.rises(ctx), risen.city_rises(ctx)
    daily = numbers.daily(ctx, [], risen.HISTORY)
    stored = forecast.stored(ctx)
    week = stored.outlook if stored else ahead.outlook(ctx, daily)

    with st.grid(4, min_column_width=320, gap="small"):
        panels.finding(
            ctx, "changed", [sentences.volume(ctx, now, before), sentences.rates_changed(ctx, kpis)]
        )
        panels.finding(
            ctx,
            "help_who",
            [sentences.need_help(ctx, units, ctx.names_of(main.names))],
        )
        looks = [ahead.rise_sentence(ctx, rises), ahead.city_sentence(ctx, citywide)]
        coming = forecast.sentences(ctx, stored) if stored else [ahead.week_sentence(ctx, week)]
        panels.finding(ctx, "rise", [*filter(None, looks), *coming])
        panels.actions(ctx, sentences.to_do(ctx, late, rises, units, main.id))

    with st.grid(6, min_column_width=170, gap="small"):
        panels.kpi_received(ctx, now, before, course)
        for kpi in kpis:
            panels.kpi_rate(ctx, kpi)
        panels.kpi_overdue(ctx, late)

    left, middle, right = st.columns([5, 4, 4], gap="small")
    with left:
        clicked = panels.district_map(ctx, main, numbers.by_district(ctx, main))
    with middle:
        panels.low_units(ctx, units, main)
    with right:
        panels.rises(ctx, rises)
    left, right = st.columns([8, 5], gap="small")
    with left:
        panels.weekly(ctx, daily.tail(7 * 104), week)
    with right:
        alert_list(ctx)

    if clicked and (clicked,) != ctx.view.districts:
        view.change(districts=(clicked,))
        st.rerun()

"""Supervision: boards of the day, week and month made from exceptions, and the tasks they lead to."""

import streamlit as st

from ui import choice, supervision_meeting, supervision_month, supervision_today, supervision_week
from ui import task_list as tasks
from ui.page import page

BOARDS = {
    "day": supervision_today.board, "week": supervision_week.board, "month": supervision_month.board,
}  # fmt: skip

with page("supervision") as ctx:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        board = choice.choose(
            ctx, "board", [*BOARDS, "tasks"], "day", title=ctx.say("supervision.board_choose"),
            label=lambda code: ctx.say(f"supervision.board.{code}"), kind="segments", bare=True,
        )  # fmt: skip
    if board == "tasks":
        tasks.section(ctx)
    else:
        supervision_meeting.opening(ctx, board)
        BOARDS[board](ctx)
        supervision_meeting.closing(ctx, board)

"""Monthly topics (每月一题): candidates from the data, the topics, what they did."""

from ui.page import page

with page("topics") as ctx:
    pass

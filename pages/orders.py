"""Orders: search, filter and drill down; one order's whole life; export of what is listed."""

from ui.orders_export import export
from ui.orders_list import chips, found, search_bar
from ui.orders_one import one_order
from ui.orders_query import asked_order, read_query
from ui.page import page

with page("orders") as ctx:
    wanted = asked_order()
    if wanted:
        one_order(ctx, *wanted)
    else:
        query = read_query(ctx)
        search_bar(ctx, query)
        chips(ctx, query)
        total = found(ctx, query)
        export(ctx, query, total)

"""Where the numbers live: schema, store, import, counts, demo city, areas."""

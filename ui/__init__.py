"""What the pages share: filters bound to the URL, charts, maps, tables, theme."""

"""The whistle ledger (吹哨报到): records of kind ``whistle``.

``ledger``: writing and finding whistles; ``files``: a file has a row per called department;
``suggest``: orders that were sent back and forth, and who usually settles such matters.
"""

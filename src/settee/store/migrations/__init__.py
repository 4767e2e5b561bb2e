"""Versions of the tables, oldest first, applied by store.tables when it opens a database.

Reads / Writes: nothing.  Not here: how they are applied (store.schema).
"""

HEAD = "r0004"
"""The newest version; a database at this version needs no look at the files beside."""

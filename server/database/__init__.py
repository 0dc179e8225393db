"""The database: tables, the engine with its one writer, migrations, and what differs by dialect.

May be imported by every room of the server; imports none of them but `errors`.
"""

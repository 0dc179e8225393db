"""The server: enrollments, scheduling, dispatch, carrier callbacks and the API.

Imports `common`, never `tui`. `app.create_app` and `worker.create_worker` do all the wiring.
"""

"""Measurements against simpler ways of doing the same: `make bench`.

One file for each measurement. The two sides take turns within one run, so that what a busy machine
costs falls on both; what must hold is their ratio. docs/benchmarks.md has the method and figures.
"""

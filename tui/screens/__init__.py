"""One file for each place that an operator can be in; each loads what it shows by workers."""

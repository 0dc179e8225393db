"""Input from and output to the terminal. Overrides some of Textual's internals."""

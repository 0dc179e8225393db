"""How keys come from the terminal and frames go to it. Overrides some of Textual's internals."""

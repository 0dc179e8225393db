"""The parts of screens. They show state and post messages; most of them fetch nothing."""

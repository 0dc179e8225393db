"""The parts that screens are made of. They show state and post messages; they fetch nothing."""

"""What the series of the sandbox are made of, and their seasons, episodes and parts."""

"""The data of the sandbox's series, and their seasons, episodes and parts."""

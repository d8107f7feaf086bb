"""The sources of film data, and the loops that collect from them."""

"""OMDb's site, with its films, titles, errors and daily quota."""

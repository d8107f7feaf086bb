"""TMDB's site: who may ask, which endpoint is asked, and the endpoints by their subject."""

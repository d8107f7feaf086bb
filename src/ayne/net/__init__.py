"""Polite HTTP: rate limit, retry and the session that uses them. It knows nothing of films."""

"""Promises, and campaigns that try to break them: see ``campaign``."""

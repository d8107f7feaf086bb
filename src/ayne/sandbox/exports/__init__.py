"""The host of the daily id exports, and the contents of the files."""

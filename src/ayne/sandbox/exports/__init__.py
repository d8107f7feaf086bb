"""The host of the daily id exports, and what stands in them."""

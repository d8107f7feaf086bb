"""Change the films as days pass: a day's events, what they change, and the films at any moment."""

"""What happens to films as days pass: a day's events, what they change, and the films as they were at any moment."""

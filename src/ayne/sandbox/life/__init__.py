"""Change films, series and people as days pass: a day's events, what they change, and how all is at any moment."""

"""What films are made of: columns of numbers, and all the rest made up, or read from a table, when it is asked for."""

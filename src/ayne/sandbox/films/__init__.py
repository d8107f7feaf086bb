"""What films consist of: columns of numbers; everything else is made up, or read from a table, on request."""

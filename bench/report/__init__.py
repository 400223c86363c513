"""What a result says, for people: a table, pictures, and a page with both."""

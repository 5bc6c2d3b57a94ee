"""What was known on a day: outcomes by the day the bank knew them, counts over windows, and scores to watch."""

"""Where the passages' vectors are, and how the nearest are found."""

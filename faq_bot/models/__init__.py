"""Neural networks: texts as vectors, and the reader that finds an answer in a passage."""

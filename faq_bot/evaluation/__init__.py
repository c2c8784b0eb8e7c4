"""How well questions are answered, measured on those with known answers."""

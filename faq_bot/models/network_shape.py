"""Numbers on which the networks' graphs and those who run them agree."""

DIMENSION = 384
TOLD_LAYERS = (8, 9, 10, 11, 12)  # the encoder tells the states after these, counted from 1
TOKEN_FEATURES = 9
PAIR_FEATURES = 4
SPAN_DIMENSION = 128
SPAN_SCALE = 11.3  # by which the likeness of a passage's and a question's tokens is divided
SPAN_HEADS = 4

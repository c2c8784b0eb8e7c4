"""Numbers on which the networks' graphs and those who run them agree."""

DIMENSION = 384
LOWER_LAYER, MIDDLE_LAYER = 4, 8  # the layers after which the encoder tells its states
TOKEN_FEATURES = 9
PAIR_FEATURES = 4

"""Numbers on which the networks' graphs and those who run them agree."""

DIMENSION = 384
LAYERS = 12
JOINED_LAYER = 4  # from here on the reader lets question and passage see each other
TOLD_LAYER = 8  # before this one it is told what retrieval knows
TOLD_LAYERS = (JOINED_LAYER, TOLD_LAYER, LAYERS)  # after which the encoder tells the states
TOKEN_FEATURES = 9
PAIR_FEATURES = 4

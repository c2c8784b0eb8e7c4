"""From a question to an answer in the newsroom's words, or to an honest refusal."""

"""German and English as language: which one it is, sentences, words, compounds, spelling."""

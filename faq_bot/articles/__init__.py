"""Articles, from whatever holds them: files, web pages, feeds, the editors' desk."""

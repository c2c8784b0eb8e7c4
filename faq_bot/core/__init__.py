"""What everything else speaks of: the data model, settings, errors, and tools without a subject."""

"""The nouns of Standout: numpy and the standard library only."""

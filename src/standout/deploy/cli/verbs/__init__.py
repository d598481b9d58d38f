"""One file per verb; the file name is the verb and its first line the help."""

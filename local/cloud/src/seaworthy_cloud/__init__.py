"""The embedded cloud: MiniStack, plus what it lacks to run the blueprint as it is."""

"""Things that act in a world: people who walk, a driven car, whoever follows a line."""

"""Things stored once: what they are made of, how they look, what touches, and how they are found and taken in."""

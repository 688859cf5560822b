"""What moves things: PyBullet behind one door, and the physics it lacks."""

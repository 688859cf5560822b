"""What a vehicle or a robot perceives of a world: rays, points, pictures, satellites, lists of objects.

Each sensor is a spec and the thing made of it; it is handed a State and a pose and gives arrays. Chance comes from a
generator that is handed in. Embree's only door is here.
"""

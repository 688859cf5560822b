"""Heat that Bullet lacks: what is hot glows, warms its neighbours, melts them and sinks in.

Pure numpy, pure physics: no engine, no world, no pictures. `sim.world.heat` joins it to a world.
"""

"""Final frames: the same state, camera, materials and lights as the preview, followed until they are true.

The door to mitsuba and Open Image Denoise (extra ``final``); nothing of them is imported before a tracer is built.
"""

from sim.render.pathtracer.sequence import render_sequence
from sim.render.pathtracer.tracer import PathTracer

__all__ = ["PathTracer", "render_sequence"]

"""What a take sounds like: contacts, wheels, engines, steps and weather, heard from a shot's camera."""

from sim.sound.listener import Cut
from sim.sound.mix import measure, true_peak
from sim.sound.reference import Clip
from sim.sound.soundtrack import Track, soundtrack
from sim.sound.wav import write_wav

__all__ = ["Clip", "Cut", "Track", "measure", "soundtrack", "true_peak", "write_wav"]

"""State and camera in, frame out: previews at speed, final frames that are true, without a driver if need be."""

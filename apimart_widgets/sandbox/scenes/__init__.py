"""The parts scenes are made of: sky, land, water, buildings, rooms, and places beyond."""

"""The ways in, driven as an owner does, over real HTTP against the simulator."""

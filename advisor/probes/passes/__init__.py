"""Measurements beside the interleaved rounds, one file each."""

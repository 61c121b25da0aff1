"""What only POSIX has: process groups, limits, exact memory, the kernel's counters.

Everything that measures goes through this room; everything that reads (load, report,
compare, history) works without it, on any system.
"""

"""The protocol of measuring: rounds of fresh processes in which a case is timed."""

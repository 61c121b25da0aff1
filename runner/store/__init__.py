"""What stands on disk: the run folder, its journal, how it is resumed, predictions."""

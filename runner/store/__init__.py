"""What stands on disk: the run folder, its journal, how it goes on, predictions."""

"""``python -m tunecard``: the same command."""

from tunecard.command_line import main

if __name__ == "__main__":
    main()

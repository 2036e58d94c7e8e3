"""``python -m paysim``: the command line."""

from paysim.cli.main import main

if __name__ == "__main__":
    main()

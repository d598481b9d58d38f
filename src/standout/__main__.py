"""``python -m standout`` is the command ``standout``."""

from standout.deploy.cli import main

if __name__ == "__main__":
    main()

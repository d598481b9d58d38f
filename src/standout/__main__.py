"""``python -m standout`` is the command ``standout``."""

from standout.deploy.cli import console

if __name__ == "__main__":
    console()

"""``python -m lacunet`` is the command ``lacunet``."""

from lacunet.cli import main

if __name__ == "__main__":
    main()

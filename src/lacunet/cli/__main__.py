"""``python -m lacunet.cli`` is ``lacunet``."""

from lacunet.cli import main

main()

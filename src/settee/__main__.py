"""Let ``python -m settee`` do what ``settee`` does."""

from settee.cli import main

if __name__ == "__main__":
    main()

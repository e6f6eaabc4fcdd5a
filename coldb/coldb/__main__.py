"""`python -m coldb`: the same as the command `coldb`."""

from coldb.cli.main import main

if __name__ == "__main__":
    main()

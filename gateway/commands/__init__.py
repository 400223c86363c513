"""What the command line does, a module for each command. They give text; `cli` prints it."""

"""How costs grow with the number of clients, and what very many of them need.

`python -m bench.scaling --help`
"""

"""The benchmarks: the gateway beside its peers and beside a bare C loop, in one run.

`python -m bench --help` lists the scenarios. What holds for all of them:

- The server has one core and the load generator (native/receiver.c) another.
- Targets take turns, A B C C B A, with a fresh process each time; figures are medians of rounds,
  ratios are medians of each round's ratio, since machines drift.
- CPU is user and system time of the server's threads, as the scheduler counts it.
- A run in which a message was lost, repeated or out of order is void, and the table says why.
"""

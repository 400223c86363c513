"""A poll. Each method on_EVENT is a handler; one object answers all clients."""

from gateway import Namespace, request


class Poll(Namespace):
    choices = ('Tea', 'Coffee', 'Water')

    def __init__(self, namespace: str) -> None:
        super().__init__(namespace)
        self.votes: dict[str, str] = {}  # by sid: one vote each, as long as one is here

    def counts(self) -> dict[str, int]:
        votes = list(self.votes.values())
        return {choice: votes.count(choice) for choice in self.choices}

    async def on_connect(self) -> None:
        self.emit('counts', self.counts())  # to whom has come

    async def on_vote(self, choice: str) -> str:
        if choice not in self.choices:
            return 'no such choice'
        self.votes[request.sid] = choice
        self.emit('counts', self.counts(), broadcast=True)
        return 'counted'

    async def on_disconnect(self) -> None:
        if self.votes.pop(request.sid, None):
            self.emit('counts', self.counts(), broadcast=True)

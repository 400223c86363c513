"""Prices that move by themselves."""

from random import uniform

from gateway import socketio

prices = {'Acorns': 4.2, 'Beechnuts': 11.5, 'Chestnuts': 7.3}


async def tick() -> None:
    while True:
        for name, price in prices.items():
            prices[name] = round(price * uniform(0.98, 1.02), 2)
        socketio.emit('prices', prices, volatile=True)  # not to those who are behind
        await socketio.sleep(1)


socketio.start_background_task(tick)  # starts with the gateway, and ends with it

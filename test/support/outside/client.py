"""A client in Python. It says what happens to it, and sends what it is told, one JSON a line."""
import json
import os
import sys
import threading

import socketio

url, token, transport = sys.argv[1:]
client = socketio.Client(reconnection_delay=0.1, reconnection_delay_max=0.5)
# Each event is handled in a thread of its own.
output = threading.Lock()


def tell(event, payload=None):
    with output:
        print(json.dumps({'event': event, 'payload': payload}), flush=True)


client.on('connect', lambda: tell('connect'))
client.on('message:new', lambda payload: tell('message:new', payload))
client.connect(url, auth={'token': token}, transports=[transport])
for line in sys.stdin:
    client.emit('message:send', json.loads(line), callback=lambda answer: tell('answer', answer))
os._exit(0)

"""Ten sheets of work, and an answer in the middle of the third: how late does its task get it?

    python3 chapters/02-waiting/sheets.py

Python 3.11 or later.
"""

import asyncio
import multiprocessing
import socket
import time

DELAY = 0.12  # seconds
SHEET = 0.05  # of CPU


def sheet():
    begin = time.thread_time()
    while time.thread_time() - begin < SHEET:
        pass


def peer(sock):
    sock.send(b"ready")
    sock.recv(1)
    time.sleep(DELAY)
    sock.send(str(time.monotonic()).encode())  # when it was sent


async def sheets(pauses):
    for _ in range(10):
        sheet()
        if pauses:
            await asyncio.sleep(0)


async def answer(sock):
    sent = await asyncio.get_running_loop().sock_recv(sock, 100)
    return time.monotonic() - float(sent)


async def both(sock, pauses):
    sock.send(b"?")
    late, _ = await asyncio.gather(answer(sock), sheets(pauses))
    print(f"{'with' if pauses else 'without'} sleep(0): {late * 1000:.0f} ms late")


if __name__ == "__main__":
    for pauses in [False, True]:
        here, there = socket.socketpair()
        process = multiprocessing.Process(target=peer, args=[there])
        process.start()
        here.recv(5)
        here.setblocking(False)
        asyncio.run(both(here, pauses))
        process.join()

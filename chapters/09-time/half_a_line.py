"""The half line once more: an exception can save it, and do other things."""

import asyncio
import socket


async def read_line(sock, saved):
    line = bytearray(saved)
    saved.clear()
    loop = asyncio.get_running_loop()
    try:
        while (byte := await loop.sock_recv(sock, 1)) not in (b"", b"\n"):
            line += byte
        return line.decode()
    except asyncio.CancelledError:
        saved.extend(line)
        raise


async def stubborn():
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        await asyncio.sleep(2)
        return "a draw?"


async def opponent(sock):
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(sock, b"Qx")
    await asyncio.sleep(1.5)
    await loop.sock_sendall(sock, b"e5\n")


async def main():
    near, far = socket.socketpair()
    near.setblocking(False)
    far.setblocking(False)
    loop = asyncio.get_running_loop()
    other = asyncio.create_task(opponent(far))
    start, saved, move = loop.time(), bytearray(), None
    while move is None:
        try:
            move = await asyncio.wait_for(read_line(near, saved), 1)
        except TimeoutError:
            print(f"at {loop.time() - start:.1f} s: still thinking")
    print(f"at {loop.time() - start:.1f} s: the move is {move}")
    await other

    start = loop.time()
    said = await asyncio.wait_for(stubborn(), 1)
    print(f"stubborn, after {loop.time() - start:.0f} s: {said}")


asyncio.run(main())

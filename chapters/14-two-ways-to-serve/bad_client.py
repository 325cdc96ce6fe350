"""A client who sends a request letter by letter, and says what it saw, and when.

    python3 chapters/14-two-ways-to-serve/bad_client.py PORT PAUSE [COUNT]

PAUSE is in seconds, before each letter; COUNT is how many clients do so at once. Python 3.11 or later.
"""

import socket
import sys
import threading
import time


def visit(port, pause):
    client = socket.create_connection(("127.0.0.1", port), timeout=pause)
    for letter in b"GET /waits HTTP/1.0\r\n\r\n":
        try:
            return client.recv(1000)  # there is nothing yet, for as long as the pause
        except TimeoutError:
            client.send(bytes([letter]))
    client.settimeout(None)
    return client.recv(1000)


def tell(port, pause):
    begins = time.monotonic()
    answer = visit(port, pause).decode()
    first = answer.splitlines()[0] if answer else "closed, without a word"
    print(f"{first}, after {time.monotonic() - begins:.1f} s")


if __name__ == "__main__":
    port, pause, *count = sys.argv[1:]
    for _ in range(int(count[0]) if count else 1):
        threading.Thread(target=tell, args=(int(port), float(pause))).start()

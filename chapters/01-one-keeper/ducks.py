"""The five ducks of chapter 1 in asyncio."""

import asyncio
import time


def burn(seconds):
    """Calculates until it has had so much time of a core."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


async def feed(duck):
    for bowl in range(2):
        print(duck, end="")
        burn(0.020)                 # the keeper's hands
        await asyncio.sleep(0.040)  # the duck eats


async def main():
    await asyncio.gather(*(feed(duck) for duck in "abcde"))


start = time.monotonic()
asyncio.run(main())
print(f"\nall have eaten after {(time.monotonic() - start) * 1000:.0f} ms")

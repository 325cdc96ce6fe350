"""Four requests at once, in the ways in which CPython serves: how long until the last is done?

    python3 chapters/14-two-ways-to-serve/ways.py

Python 3.11 or later.
"""

import asyncio
import statistics
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

REQUESTS = 4
WHILE = 0.5  # how long a request waits, or blocks


def waits():
    time.sleep(WHILE)


def burns():
    for _ in range(10_000_000):
        pass


async def waits_async():
    await asyncio.sleep(WHILE)


async def blocks_async():
    waits()


async def blocks_in_a_thread():
    await asyncio.to_thread(waits)


def timed(work):
    begins = time.monotonic()
    work()
    return time.monotonic() - begins


def report(way, work, one, all):
    print(f"{way}, {work.__name__}: {all / one:.1f} times as long as one")


def by_pool(pool, work):
    one = statistics.median(timed(work) for _ in range(3))
    with pool(REQUESTS) as workers:
        list(workers.map(time.sleep, [WHILE / 5] * REQUESTS))  # they are all there now

        def serve():
            for request in [workers.submit(work) for _ in range(REQUESTS)]:
                request.result()

        report(pool.__name__, work, one, timed(serve))


def by_loop(work):
    async def serve():
        await asyncio.gather(*(work() for _ in range(REQUESTS)))

    report("one loop", work, WHILE, timed(lambda: asyncio.run(serve())))


if __name__ == "__main__":
    for pool in [ThreadPoolExecutor, ProcessPoolExecutor]:
        for work in [waits, burns]:
            by_pool(pool, work)
    for work in [waits_async, blocks_async, blocks_in_a_thread]:
        by_loop(work)

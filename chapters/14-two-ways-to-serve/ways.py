"""Four requests at once, in the ways in which CPython serves: is each begun before one ends?

    python3 chapters/14-two-ways-to-serve/ways.py

Python 3.11 or later.
"""

import asyncio
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

REQUESTS = 4
SECOND = 0.5  # a short one


def waits():
    time.sleep(SECOND)


def burns():
    sum(range(20_000_000))


async def waits_async():
    await asyncio.sleep(SECOND)


async def blocks_async():
    waits()


async def blocks_in_a_thread():
    await asyncio.to_thread(waits)


def timed(work):
    begins = time.monotonic()
    work()
    return begins, time.monotonic()


async def timed_async(work):
    begins = time.monotonic()
    await work()
    return begins, time.monotonic()


def report(way, work, times):
    begins, ends = zip(*times)
    so = "together" if max(begins) < min(ends) else "one after the other"
    print(f"{way}, {work.__name__}: {so}")


def by_pool(pool, work):
    with pool(REQUESTS) as workers:
        list(workers.map(time.sleep, [SECOND / 5] * REQUESTS))  # they are all there now
        report(pool.__name__, work, workers.map(timed, [work] * REQUESTS))


def by_loop(work):
    async def serve():
        return await asyncio.gather(*(timed_async(work) for _ in range(REQUESTS)))

    report("one loop", work, asyncio.run(serve()))


if __name__ == "__main__":
    sys.setswitchinterval(60)  # a thread keeps the GIL for as long as it computes
    for pool in [ThreadPoolExecutor, ProcessPoolExecutor]:
        for work in [waits, burns]:
            by_pool(pool, work)
    for work in [waits_async, blocks_async, blocks_in_a_thread]:
        by_loop(work)

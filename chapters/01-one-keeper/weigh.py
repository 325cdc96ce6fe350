"""What a task of asyncio weighs while it waits: by how much the program grows.

    python3 chapters/01-one-keeper/weigh.py
"""

import asyncio
import re

TASKS = 100_000


def memory():
    with open("/proc/self/smaps_rollup") as file:
        return int(re.search(r"^Private_Dirty: +(\d+) kB", file.read(), re.M)[1]) * 1024


async def wait(future):
    await future


async def main():
    future = asyncio.get_running_loop().create_future()
    before = memory()
    tasks = [asyncio.create_task(wait(future)) for _ in range(TASKS)]
    await asyncio.sleep(0)  # now all of them wait
    print(f"{TASKS:,} tasks that wait: {(memory() - before) / TASKS:.0f} B each")
    future.set_result(None)
    await asyncio.gather(*tasks)


asyncio.run(main())

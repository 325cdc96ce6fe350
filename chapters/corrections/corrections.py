"""Twelve points that the notes got wrong, each a program that shows how it is.

    python3 chapters/corrections/corrections.py                 # all of them
    python3 chapters/corrections/corrections.py chess same_order  # these

Python 3.11 or later.
"""

import ast
import asyncio
import concurrent.futures
import inspect
import itertools
import sys
import time

SECOND = 0.1  # a short one, so that nobody has to wait for this


async def report(name, delay):
    """Says when it is done."""
    await asyncio.sleep(delay)
    print(f"{name} is done")


async def fail(text, delay):
    await asyncio.sleep(delay)
    raise ValueError(text)


def names(tasks):
    """The names of tasks. A set of tasks has no order."""
    return ", ".join(sorted(task.get_name() for task in tasks)) or "none"


helpers = set(globals())


def chess():
    master, opponent, moves, boards = 5, 55, 30, 24
    print(f"one after the other: {(master + opponent) * moves * boards} s")

    now, answered = 0, [0] * boards
    for _ in range(moves):
        for board in range(boards):
            now = max(now, answered[board]) + master
            answered[board] = now + opponent
    print(f"round after round: {max(answered)} s")


async def they_run_on():
    anna = asyncio.create_task(report("Anna", 2 * SECOND))
    try:
        await asyncio.gather(anna, fail("no tea", SECOND))
    except ValueError:
        print("gather is over")
    await asyncio.sleep(2 * SECOND)

    ben = asyncio.create_task(report("Ben", 2 * SECOND))
    try:
        for task in asyncio.as_completed([ben], timeout=SECOND):
            await task
    except TimeoutError:
        print("as_completed is over")
    await asyncio.sleep(2 * SECOND)


async def failed_is_done():
    for mode in ["ALL_COMPLETED", "FIRST_COMPLETED", "FIRST_EXCEPTION"]:
        anna = asyncio.create_task(asyncio.sleep(2 * SECOND), name="Anna")
        tea = asyncio.create_task(fail("no tea", SECOND), name="tea")
        done, pending = await asyncio.wait([anna, tea], return_when=mode)
        print(f"{mode}: done {names(done)}; pending {names(pending)}")
        tea.exception()


async def decades_away():
    loop = asyncio.get_running_loop()
    async with asyncio.timeout_at(time.time() + 10) as limit:
        left = limit.when() - loop.time()
    print(f"ten years or more: {left > 10 * 365 * 24 * 3600}")


async def what_a_timeout_cancels():
    try:
        async with asyncio.timeout(SECOND):
            anna = asyncio.create_task(report("Anna", 2 * SECOND))
            await report("Ben", 2 * SECOND)
    except TimeoutError:
        print("too late")
    await anna

    try:
        async with asyncio.timeout(3 * SECOND):
            cleo = asyncio.create_task(report("Cleo", 2 * SECOND))
            raise ValueError("no tea")
    except ValueError as error:
        print(error)
    await cleo


async def exception_is_not_set():
    anna = asyncio.create_task(report("Anna", SECOND))
    try:
        anna.exception()
    except asyncio.InvalidStateError as error:
        print(error)
    await anna
    print(anna.exception())


async def what_it_takes():
    sleeps = [asyncio.sleep(0), asyncio.sleep(0)]
    for call in [
        lambda: asyncio.to_thread(asyncio.run, report),
        lambda: asyncio.create_task(report),
        lambda: asyncio.as_completed(sleeps, SECOND),
        lambda: asyncio.wait(sleeps),
    ]:
        try:
            await call()
        except (TypeError, ValueError) as error:
            print(str(error).split(", got")[0])
    await asyncio.gather(*sleeps)


async def earlier_ones_too():
    async def guest(name, farewell):
        try:
            await asyncio.sleep(2 * SECOND)
        finally:
            await asyncio.sleep(farewell)
            print(f"{name} has cleaned up")

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(guest("Anna", SECOND))
            group.create_task(fail("no tea", SECOND))
            group.create_task(guest("Ben", 2 * SECOND))
    except* ValueError:
        print("the group is over")


async def a_tie():
    try:
        async with asyncio.timeout(2 * SECOND):
            await report("Anna", 2 * SECOND)
    except TimeoutError:
        print("too late")


def since_3_5():
    sources = {
        "yield from": "def feed():\n    yield from wait()",
        "await": "async def feed():\n    await wait()",
    }
    for minor in [4, 5]:
        for name, source in sources.items():
            try:
                ast.parse(source, feature_version=(3, minor))
                print(f"3.{minor} has `{name}`")
            except SyntaxError:
                print(f"3.{minor} lacks `{name}`")


def burn():
    sum(range(20_000_000))


def wait():
    time.sleep(5 * SECOND)


def threads_and_processes():
    sys.setswitchinterval(60)  # a thread keeps the GIL for as long as it computes
    threads = concurrent.futures.ThreadPoolExecutor
    processes = concurrent.futures.ProcessPoolExecutor
    for pool, work in itertools.product([threads, processes], [wait, burn]):
        with pool(1) as workers:
            job = workers.submit(work)
            time.sleep(SECOND)
            so = "stood still" if job.done() else "went on"
            print(f"{pool.__name__}, {work.__name__}: the program {so}")


helpers |= {"burn", "wait"}


async def same_order():
    async def steps(name):
        for step in range(2):
            log.append(f"{name}{step}")
            await asyncio.sleep(0)

    orders = set()
    for _ in range(1000):
        log = []
        await asyncio.gather(steps("a"), steps("b"), steps("c"))
        orders.add(" ".join(log))
    print(orders)


points = {
    name: value
    for name, value in list(globals().items())
    if inspect.isfunction(value) and name not in helpers
}

if __name__ == "__main__":
    wanted = sys.argv[1:] or list(points)
    for name in wanted:
        if name not in points:
            sys.exit(f"no point `{name}`; there are: {', '.join(points)}")
        if len(wanted) > 1:
            print(f"# {name}", flush=True)
        point = points[name]
        asyncio.run(point()) if inspect.iscoroutinefunction(point) else point()

"""The dictionary's lines of asyncio, each in a function that shows what it does.

    python3 chapters/dictionary/in_asyncio.py                  # all of them
    python3 chapters/dictionary/in_asyncio.py gather wait_for  # these

A function is called as its entry in the dictionary is. Python 3.11 or later.
"""

import asyncio
import functools
import gc
import inspect
import sys
import threading
import time

SECOND = 0.1  # a short one, so that nobody has to wait for this


async def greet(name, delay):
    """The notes' `greetings`: sleeps, then returns a greeting."""
    await asyncio.sleep(delay)
    return f"Hello, {name}"


async def fail(text, delay):
    await asyncio.sleep(delay)
    raise ValueError(text)


async def report(name, delay):
    """Says when it is done."""
    await asyncio.sleep(delay)
    print(f"{name} is done")


def start():
    """All counting of seconds begins here."""
    global started
    started = time.monotonic()


def seconds():
    """How many seconds have gone by since the start, to the next whole one."""
    return round((time.monotonic() - started) / SECOND)


def named(tasks):
    """The names that tasks were given. A set of tasks has no order."""
    names = sorted(task.get_name() for task in tasks)
    return ", ".join(name for name in names if not name.startswith("Task-")) or "none"


helpers = set(globals())

# Running


def run():
    said = asyncio.run(greet("Anna", SECOND))
    print(said)


async def run_inside_run():
    greeting = greet("Anna", SECOND)
    try:
        asyncio.run(greeting)
    except RuntimeError:
        print("refused")
    print(await greeting)


def runner():
    with asyncio.Runner() as runner:
        anna = runner.run(greet("Anna", SECOND))
        ben = runner.run(greet("Ben", SECOND))
    print(anna, ben)


async def await_one_by_one():
    start()
    await greet("Anna", 2 * SECOND)
    await greet("Ben", SECOND)
    print(f"{seconds()} seconds")


async def create_task():
    start()
    anna = asyncio.create_task(greet("Anna", 2 * SECOND))
    ben = asyncio.create_task(greet("Ben", SECOND))
    print(await anna, await ben)
    print(f"{seconds()} seconds")


async def sleep():
    start()
    await asyncio.sleep(SECOND)
    print(f"{seconds()} second")


async def sleep_0():
    order = []

    async def steps(name):
        for step in range(2):
            order.append(f"{name}{step}")
            await asyncio.sleep(0)

    tasks = [asyncio.create_task(steps(name)) for name in "abc"]
    for task in tasks:
        await task
    print(" ".join(order))


def async_timed(f):
    @functools.wraps(f)
    async def timed(*args):
        start()
        try:
            return await f(*args)
        finally:
            print(f"{f.__name__}: {seconds()} seconds")

    return timed


helpers.add("async_timed")


async def a_decorator_async_timed():
    @async_timed
    async def welcome():
        return await greet("Anna", 2 * SECOND)

    print(await welcome())


# One task


async def done():
    anna = asyncio.create_task(greet("Anna", SECOND))
    for _ in range(2):
        is_done = anna.done()
        print("done" if is_done else "not yet")
        await asyncio.sleep(2 * SECOND)


async def result():
    anna = asyncio.create_task(greet("Anna", SECOND))
    await asyncio.sleep(2 * SECOND)
    said = anna.result()
    print(said)


async def result_too_early():
    anna = asyncio.create_task(greet("Anna", SECOND))
    try:
        said = anna.result()
        print(said)
    except asyncio.InvalidStateError as error:
        print(f"InvalidStateError: {error}")
    await anna


async def exception():
    tea = asyncio.create_task(fail("no tea", SECOND))
    await asyncio.sleep(2 * SECOND)
    error = tea.exception()
    print(error)


async def cancel():
    anna = asyncio.create_task(greet("Anna", SECOND))
    anna.cancel()
    await asyncio.sleep(0)
    is_cancelled = anna.cancelled()
    print("cancelled" if is_cancelled else "not cancelled")


async def except_cancellederror():
    async def guest():
        try:
            await asyncio.sleep(SECOND)
        except asyncio.CancelledError:
            await asyncio.sleep(SECOND)
            return "left after a farewell"

    task = asyncio.create_task(guest())
    await asyncio.sleep(0)
    task.cancel()
    print(await task)


async def cancelling_who_waits():
    anna = asyncio.create_task(report("Anna", SECOND))

    async def wait():
        await anna

    waiting = asyncio.create_task(wait())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.sleep(2 * SECOND)
    print("the task is cancelled" if anna.cancelled() else "the task ran on")


async def shield():
    anna = asyncio.create_task(greet("Anna", 2 * SECOND))
    try:
        said = await asyncio.wait_for(asyncio.shield(anna), SECOND)
        print(said)
    except TimeoutError:
        print("too late")
    print(await anna)


async def add_done_callback():
    def told(listener, task):
        print(f"{listener} hears that it is done")

    anna = asyncio.create_task(greet("Anna", SECOND))
    anna.add_done_callback(functools.partial(told, "Ben"))
    print(await anna)


async def remove_done_callback():
    def told(task):
        print("never printed")

    anna = asyncio.create_task(greet("Anna", SECOND))
    anna.add_done_callback(told)
    anna.remove_done_callback(told)
    print(await anna)


async def get_name():
    anna = asyncio.create_task(greet("Anna", SECOND), name="greeter")
    name = anna.get_name()
    print(name)
    await anna


async def current_task():
    async def who():
        task = asyncio.current_task()
        print(task.get_name())

    await asyncio.create_task(who(), name="greeter")


async def all_tasks():
    anna = asyncio.create_task(greet("Anna", 2 * SECOND), name="Anna")
    ben = asyncio.create_task(greet("Ben", SECOND), name="Ben")
    await ben
    left = asyncio.all_tasks()
    print(named(left))
    await anna


async def an_error_nobody_reads():
    def hear(loop, context):
        print(f"heard of: {context['exception']}")

    loop = asyncio.get_running_loop()
    loop.set_exception_handler(hear)
    tea = asyncio.create_task(fail("no tea", SECOND))
    await asyncio.sleep(2 * SECOND)
    print("it has failed")
    del tea
    gc.collect()


# Many tasks


async def gather():
    start()
    anna, ben = greet("Anna", 2 * SECOND), greet("Ben", SECOND)
    anna, ben = await asyncio.gather(anna, ben)
    print(anna, ben)
    print(f"{seconds()} seconds")


async def gather_a_list():
    greetings = [greet(name, SECOND) for name in ["Anna", "Ben", "Cleo"]]
    said = await asyncio.gather(*greetings)
    print(", ".join(said))


async def gather_an_error():
    tea = asyncio.create_task(fail("no tea", SECOND))
    anna = asyncio.create_task(report("Anna", 2 * SECOND))
    try:
        both = await asyncio.gather(tea, anna)
        print(both)
    except ValueError as error:
        print(error)
    await asyncio.sleep(2 * SECOND)


async def gather_coroutines_an_error():
    tea, anna = fail("no tea", SECOND), report("Anna", 2 * SECOND)
    try:
        both = await asyncio.gather(tea, anna)
        print(both)
    except ValueError as error:
        print(error)
    await asyncio.sleep(2 * SECOND)


async def gather_return_exceptions():
    ben, tea = greet("Ben", 2 * SECOND), fail("no tea", SECOND)
    both = await asyncio.gather(ben, tea, return_exceptions=True)
    for outcome in both:
        print(outcome)


async def as_completed():
    tasks = [greet("Anna", 2 * SECOND), greet("Ben", SECOND)]
    for task in asyncio.as_completed(tasks):
        said = await task
        print(said)


async def as_completed_timeout():
    tasks = [report("Anna", 3 * SECOND), report("Ben", SECOND)]
    try:
        for task in asyncio.as_completed(tasks, timeout=2 * SECOND):
            await task
    except TimeoutError:
        print("too late")
    await asyncio.sleep(2 * SECOND)


async def wait():
    anna = asyncio.create_task(greet("Anna", SECOND), name="Anna")
    tea = asyncio.create_task(fail("no tea", SECOND), name="tea")
    tasks = [anna, tea]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.ALL_COMPLETED)
    print(f"done: {named(done)}; pending: {named(pending)}")
    tea.exception()


async def wait_first_completed():
    anna = asyncio.create_task(greet("Anna", 2 * SECOND), name="Anna")
    ben = asyncio.create_task(greet("Ben", SECOND), name="Ben")
    tasks = [anna, ben]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    print(f"done: {named(done)}; pending: {named(pending)}")
    print(await pending.pop())


async def wait_first_exception():
    anna = asyncio.create_task(greet("Anna", 3 * SECOND), name="Anna")
    ben = asyncio.create_task(greet("Ben", SECOND), name="Ben")
    tea = asyncio.create_task(fail("no tea", 2 * SECOND), name="tea")
    tasks = [anna, ben, tea]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    print(f"done: {named(done)}; pending: {named(pending)}")
    tea.exception()
    await anna


async def wait_timeout():
    anna = asyncio.create_task(greet("Anna", 3 * SECOND), name="Anna")
    ben = asyncio.create_task(greet("Ben", SECOND), name="Ben")
    tasks = [anna, ben]
    done, pending = await asyncio.wait(tasks, timeout=2 * SECOND)
    print(f"done: {named(done)}; pending: {named(pending)}")
    print(await anna)


async def taskgroup():
    async with asyncio.TaskGroup() as group:
        anna = group.create_task(greet("Anna", 2 * SECOND))
        ben = group.create_task(greet("Ben", SECOND))
    said = anna.result(), ben.result()
    print(*said)


async def taskgroup_an_error():
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(report("Anna", 2 * SECOND))
            group.create_task(fail("no tea", SECOND))
            group.create_task(report("Ben", 2 * SECOND))
    except ExceptionGroup as group:
        for error in group.exceptions:
            print(error)
    await asyncio.sleep(2 * SECOND)


async def the_first_of_several():
    anna = asyncio.create_task(report("Anna", 2 * SECOND))
    ben = asyncio.create_task(report("Ben", SECOND))
    tasks = [anna, ben]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.sleep(2 * SECOND)


# Limits of time


async def wait_for():
    anna = report("Anna", 2 * SECOND)
    try:
        await asyncio.wait_for(anna, SECOND)
    except TimeoutError:
        print("too late")
    await asyncio.sleep(2 * SECOND)


async def wait_for_over_a_task():
    anna = asyncio.create_task(report("Anna", 2 * SECOND))
    try:
        await asyncio.wait_for(anna, SECOND)
    except TimeoutError:
        print("too late")
    await asyncio.sleep(2 * SECOND)


async def wait_for_0():
    async def quick():
        return "no need to wait"

    try:
        said = await asyncio.wait_for(quick(), 0)
        print(said)
    except TimeoutError:
        print("too late")


async def timeout():
    try:
        async with asyncio.timeout(SECOND):
            await greet("Anna", 2 * SECOND)
    except TimeoutError:
        print("too late")


async def timeout_at():
    deadline = asyncio.get_running_loop().time() + SECOND
    try:
        async with asyncio.timeout_at(deadline):
            await greet("Anna", 2 * SECOND)
    except TimeoutError:
        print("too late")


async def timeout_none():
    async with asyncio.timeout(None):
        said = await greet("Anna", SECOND)
    print(said)


async def reschedule():
    deadline = asyncio.get_running_loop().time() + 3 * SECOND
    async with asyncio.timeout(SECOND) as limit:
        limit.reschedule(deadline)
        said = await greet("Anna", 2 * SECOND)
    print(said)


async def a_tie():
    anna = greet("Anna", 2 * SECOND)
    try:
        said = await asyncio.wait_for(anna, 2 * SECOND)
        print(said)
    except TimeoutError:
        print("too late")


# Off the loop


async def to_thread():
    def work(name):
        time.sleep(2 * SECOND)
        return f"{name} has worked"

    start()
    anna = asyncio.to_thread(work, "Anna")
    anna, ben = await asyncio.gather(anna, greet("Ben", 2 * SECOND))
    print(anna, ben)
    print(f"{seconds()} seconds")


async def run_coroutine_threadsafe():
    loop = asyncio.get_running_loop()

    def elsewhere():
        task = asyncio.run_coroutine_threadsafe(greet("Anna", SECOND), loop)
        return task.result()

    said = await asyncio.to_thread(elsewhere)
    print(said)


# Taking turns


async def lock():
    count, lock = 0, asyncio.Lock()

    async def increment():
        nonlocal count
        async with lock:
            before = count
            await asyncio.sleep(0)
            count = before + 1

    await asyncio.gather(increment(), increment(), increment())
    print(count)


async def semaphore():
    semaphore = asyncio.Semaphore(2)

    async def enter(name):
        async with semaphore:
            print(f"{name} is in at {seconds()}")
            await asyncio.sleep(SECOND)

    start()
    await asyncio.gather(enter("Anna"), enter("Ben"), enter("Cleo"))


async def event():
    event = asyncio.Event()

    async def wait(name):
        await event.wait()
        print(f"{name} goes")

    tasks = [asyncio.create_task(wait(name)) for name in ["Anna", "Ben"]]
    await asyncio.sleep(SECOND)
    event.set()
    await asyncio.gather(*tasks)


async def condition():
    condition, plates = asyncio.Condition(), []

    async def eat():
        async with condition:
            await condition.wait_for(lambda: plates)
            print(f"eats {plates.pop()}")

    eating = asyncio.create_task(eat())
    await asyncio.sleep(SECOND)
    async with condition:
        plates.append("rice")
        condition.notify()
    await eating


async def queue():
    queue = asyncio.Queue(maxsize=1)

    async def cook():
        for dish in ["rice", "soup", "cake"]:
            await queue.put(dish)

    cooking = asyncio.create_task(cook())
    for _ in range(3):
        dish = await queue.get()
        print(dish)
    await cooking


async def queue_get_nowait():
    queue = asyncio.Queue()
    try:
        dish = queue.get_nowait()
        print(dish)
    except asyncio.QueueEmpty:
        print("empty")


async def queue_join():
    queue = asyncio.Queue()

    async def eat():
        while True:
            dish = await queue.get()
            await asyncio.sleep(SECOND)
            print(f"ate {dish}")
            queue.task_done()

    eating = asyncio.create_task(eat())
    queue.put_nowait("rice")
    queue.put_nowait("soup")
    await queue.join()
    print("all is eaten")
    eating.cancel()


async def who_gets_the_item():
    queue = asyncio.Queue()

    async def first():
        dish = await queue.get()
        print(f"who waited has {dish}")

    waiting = asyncio.create_task(first())
    await asyncio.sleep(0)
    queue.put_nowait("rice")
    try:
        dish = queue.get_nowait()
        print(f"who came later has {dish}")
    except asyncio.QueueEmpty:
        print("who came later has nothing")
    await asyncio.sleep(0)
    waiting.cancel()


async def barrier():
    barrier = asyncio.Barrier(2)

    async def meet(name, delay):
        await asyncio.sleep(delay)
        await barrier.wait()
        return f"{name} at {seconds()}"

    start()
    anna, ben = await asyncio.gather(meet("Anna", SECOND), meet("Ben", 2 * SECOND))
    print(anna, ben)


async def future_set_result():
    answer = asyncio.get_running_loop().create_future()

    async def think():
        await asyncio.sleep(SECOND)
        answer.set_result(42)

    thinking = asyncio.create_task(think())
    number = await answer
    print(number)
    await thinking


# Streams


async def open_connection():
    async def echo(reader, writer):
        writer.write(await reader.readline())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"Hello, Anna\n")
    line = await reader.readline()
    print(line.decode().strip())
    writer.close()
    server.close()


async def readexactly():
    reader = asyncio.StreamReader()
    reader.feed_data(b"Hel")
    reader.feed_eof()
    try:
        five = await reader.readexactly(5)
        print(five)
    except asyncio.IncompleteReadError as error:
        print(f"the end came after {len(error.partial)} bytes")


entries = {
    name: value
    for name, value in list(globals().items())
    if inspect.isfunction(value) and name not in helpers
}

if __name__ == "__main__":
    wanted = sys.argv[1:] or list(entries)
    for name in wanted:
        if name not in entries:
            sys.exit(f"no entry `{name}`; there are: {', '.join(entries)}")
        if len(wanted) > 1:
            print(f"# {name}", flush=True)
        entry = entries[name]
        asyncio.run(entry()) if inspect.iscoroutinefunction(entry) else entry()

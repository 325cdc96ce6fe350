"""An oven is cancelled, and three hear of it: its door, a callback, and whoever waits."""

import asyncio


async def oven():
    try:
        await asyncio.Future()
    finally:
        print("the oven's door is closed")


async def baker(oven):
    try:
        await oven
    except asyncio.CancelledError:
        print("the baker hears of it")


async def bakery():
    hot = asyncio.create_task(oven())
    waiting = asyncio.create_task(baker(hot))
    await asyncio.sleep(0)  # and now he waits
    hot.add_done_callback(lambda _: print("the callback is called"))
    hot.cancel()
    print("cancel has returned")
    await waiting


asyncio.run(bakery())

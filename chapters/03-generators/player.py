"""Guess my number: a player that leaves the game to another generator, by a `for`.

    python3 chapters/03-generators/player.py
"""


def player():
    yield 42
    for guess in halver():
        yield guess


def halver():
    low, high = 0, 101
    while True:
        guess = (low + high) // 2
        answer = yield guess
        if answer == "Higher":
            low = guess
        else:
            high = guess


def play(secret, patience):
    game = player()
    guess = next(game)
    for _ in range(patience):
        if guess == secret:
            return print(f"{guess:>3} found")
        answer = "Higher" if guess < secret else "Lower"
        print(f"{guess:>3} {answer}")
        guess = game.send(answer)
    print("it is late")


if __name__ == "__main__":
    play(98, 8)

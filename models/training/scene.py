"""People who walk about with things: the facts of the puzzles that ask where someone or something is."""

import random

# Common words only: a small vocabulary holds each as one token.
PEOPLE = (
    "Ben Dan Jack Paul Sam Tom John Mary Peter James George Bob Bill David Robert William Jane Joe Tim Jim "
    "Harry Frank Richard Michael Chris Alex Matt Thomas Dorothy Scott Luke Lee Roy"
).split()
PLACES = "garden office hall house school park shop church forest field market street village city station".split()
THINGS = "ball book hat letter box bag dress stick paper pen".split()


class Scene:
    """People who walk, take things and hand them on; remembers who is where and who holds what."""

    def __init__(self, rng: random.Random, events: int):
        self.rng = rng
        self.people = rng.sample(PEOPLE, rng.randint(2, 4))
        self.things = rng.sample(THINGS, rng.randint(1, 3))
        self.place: dict[str, str] = {}
        self.holder: dict[str, str] = {}
        self.handed: set[str] = set()
        self.lines: list[str] = []
        for person in self.people:
            self.walk(person)
        for thing in self.things:
            self.holder[thing] = rng.choice(self.people)
            self.lines.append(f"{self.holder[thing]} takes the {thing}.")
        for _ in range(events):
            if rng.random() < 0.5:
                self.walk(rng.choice(self.people))
            else:
                self.hand_on(rng.choice(self.things))

    def walk(self, person: str) -> None:
        self.place[person] = self.rng.choice(PLACES)
        self.lines.append(f"{person} goes to the {self.place[person]}.")

    def hand_on(self, thing: str) -> None:
        giver = self.holder[thing]
        receiver = self.rng.choice([p for p in self.people if p != giver])
        self.holder[thing] = receiver
        self.handed.add(thing)
        self.lines.append(f"{giver} gives the {thing} to {receiver}.")

    def asked(self, level: int) -> list[tuple[str, str]]:
        """What can be asked for, by its supporting facts, each with the person who is there: 1 a person, 2 a thing with
        who took it, 3 a thing that was handed on."""
        if level == 1:
            return [(person, person) for person in self.people]
        things = [thing for thing in self.things if (thing in self.handed) == (level == 3)]
        return [(f"the {thing}", self.holder[thing]) for thing in things]

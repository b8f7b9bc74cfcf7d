# SPDX-License-Identifier: BSD-3-Clause
"""usage: chat.py PROGRAM

Everybody hears the others, line by line, however the bytes come; who behaves
badly is sent away, and who does not listen is dropped, without harm to others.
"""
import sys

from program import Server, fail


class Guest:
    def __init__(self, server):
        self.socket = server.client()
        self.lines = self.socket.makefile('rb')

    def say(self, data):
        self.socket.sendall(data)

    def hear(self, line):
        heard = self.lines.readline()
        if heard != line:
            fail(f'{line!r} expected, not {heard!r}')

    def leave(self):
        self.lines.close()
        self.socket.close()


def meet(server, *names):
    """Guests, in turn, each of whom the others know to be there."""
    guests = []
    for name in names:
        guests.append(Guest(server))
        guests[-1].say(name + b'\n')
        for other in guests[:-1]:
            other.hear(b'* ' + name + b' is here\n')
    return guests


def conversation(path):
    with Server(path) as server:
        ann, bob, eve = meet(server, b'ann', b'bob', b'eve')
        ann.say(b'hel')
        ann.say(b'lo\r\nhow are you?\nI a')
        for guest in bob, eve:
            guest.hear(b'ann: hello\n')
            guest.hear(b'ann: how are you?\n')
        ann.say(b'm\x1b[2J\n')
        bob.hear(b'ann: I am?[2J\n')
        bob.say(b'fine\nbye')
        bob.leave()
        eve.hear(b'ann: I am?[2J\n')
        for guest in ann, eve:
            guest.hear(b'bob: fine\n')
            guest.hear(b'bob: bye\n')
            guest.hear(b'* bob has left\n')
        ann.leave()
        eve.hear(b'* ann has left\n')
        eve.leave()
        server.stop('5 lines were said')


def too_long(path):
    """It is told so, is gone then, and others stay."""
    with Server(path) as server:
        ann, bob = meet(server, b'ann', b'bob')
        for line in b'x' * 5000, b'y' * 1001 + b'\nand more\n':
            (rude,) = meet(server, b'rude')
            for guest in ann, bob:
                guest.hear(b'* rude is here\n')
            rude.say(line)
            rude.hear(b'* keep it short, please\n')
            for guest in ann, bob:
                guest.hear(b'* rude has left\n')
            rude.leave()
        ann.say(b'peace\n')
        bob.hear(b'ann: peace\n')
        server.stop('1 lines were said')


def deaf(path):
    """Who does not read is dropped when too much waits; memory is bounded."""
    with Server(path) as server:
        ann, bob = meet(server, b'ann', b'bob')
        line = b'a' * 900 + b'\n'
        (never_reads,) = meet(server, b'deaf')
        for guest in ann, bob:
            guest.hear(b'* deaf is here\n')
        said = 0
        while True:
            for _ in range(64):
                ann.say(line)
            said += 64
            heard = [bob.lines.readline() for _ in range(64)]
            if b'* deaf has left\n' in heard:
                break
            if set(heard) != {b'ann: ' + line}:
                fail(heard)
            if said > 100000:
                fail('nothing is too much')
        never_reads.leave()
        bob.hear(b'ann: ' + line)  # the one in whose place the news came
        server.stop(f'{said} lines were said')


def main(path):
    conversation(path)
    too_long(path)
    deaf(path)


if __name__ == '__main__':
    main(*sys.argv[1:])

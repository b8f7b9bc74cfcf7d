# SPDX-License-Identifier: BSD-3-Clause
"""usage: reuseport.py PROGRAM

Several threads answer at one port; each connection is answered once, and a
stop ends all of them.
"""
import collections
import re
import signal
import socket
import sys

from program import SECONDS, Program, fail

THREADS = 3
CONNECTIONS = 90


def ask(port):
    with socket.create_connection(('127.0.0.1', port), SECONDS) as client:
        with client.makefile() as answer:
            return answer.read()


def main(path):
    with Program(path, str(THREADS)) as program:
        port = int(program.expect(r'^listening on port (\d+)$')[1])
        answers = collections.Counter(ask(port) for _ in range(CONNECTIONS))
        program.signal(signal.SIGTERM)
        text = program.end()
    if len(answers) < 2:
        fail(f'one thread answered alone: {answers}')
    served = re.findall(r'^(thread \d+) served (\d+)$', text, re.MULTILINE)
    if len(served) != THREADS:
        fail(f'not every thread ended: {text}')
    for name, count in served:
        if answers[name + '\n'] != int(count):
            fail(f'{name}: {count}, clients saw {answers}')


if __name__ == '__main__':
    main(*sys.argv[1:])

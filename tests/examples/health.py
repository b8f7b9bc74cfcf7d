# SPDX-License-Identifier: BSD-3-Clause
"""usage: health.py PROGRAM

It says of each service whether it is up, why not, and all in the given order.
"""
import contextlib
import re
import socket
import sys

from program import SECONDS, Program, fail

LIMIT_MS = 3000


def never_accepts(stack):
    """The port of one whose queue is full: no connection is answered."""
    server = stack.enter_context(socket.socket())
    server.bind(('127.0.0.1', 0))
    server.listen(0)
    while True:
        client = stack.enter_context(socket.socket())
        client.settimeout(0.2)
        try:
            client.connect(server.getsockname())
        except TimeoutError:
            return str(server.getsockname()[1])


def check(path, services, status, limit_ms=LIMIT_MS):
    words = [word for service in services for word in service]
    with Program(path, str(limit_ms), *words) as program:
        lines = program.end(status).splitlines()
    if len(lines) != len(services):
        fail(lines)
    for line, (host, port), wanted in zip(lines, services, services.values()):
        if not re.fullmatch(re.escape(f'{host} {port}: ') + wanted, line):
            fail(f'{line!r}, not {wanted!r}')


def main(path):
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.create_server(('127.0.0.1', 0)))
        unused = stack.enter_context(socket.socket())
        unused.bind(('127.0.0.1', 0))
        up = str(server.getsockname()[1])
        refused = str(unused.getsockname()[1])
        deaf = never_accepts(stack)
        is_up = r'up, \d+\.\d ms'
        check(path, {('localhost', up): is_up, ('127.0.0.1', up): is_up}, 0,
              SECONDS * 1000)
        check(path, {
            ('127.0.0.1', refused): 'down, Connection refused',
            ('127.0.0.1', deaf): 'down, no answer in time',
            ('no.such.invalid', '80'): 'down, .+',
            ('localhost', '99999'): 'down, cannot be tried',
        }, 1)
    for words in [], ['0', 'localhost', '1'], ['1', 'localhost']:
        with Program(path, *words) as program:
            program.process.wait(SECONDS)
            if program.process.returncode != 2:
                fail(f'{words}: {program.process.returncode}')


if __name__ == '__main__':
    main(*sys.argv[1:])

# SPDX-License-Identifier: BSD-3-Clause
"""A program under test: started, listened to, ended within bounds."""
import re
import selectors
import signal
import socket
import subprocess
import sys
import time

SECONDS = 60  # for each step, on the slowest of machines


class Program:
    """Runs within a with statement; is killed if that is left early."""

    def __init__(self, *command, **options):
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, bufsize=0, **options)
        self.text = b''

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def expect(self, pattern):
        """The match of PATTERN in what it has printed, now or soon."""
        until = time.monotonic() + SECONDS
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while True:
                match = re.search(pattern, self.text.decode(), re.MULTILINE)
                if match:
                    return match
                if not selector.select(until - time.monotonic()):
                    fail(f'no {pattern!r} in {self.text!r}')
                more = self.process.stdout.read(4096)
                if not more:
                    fail(f'ended without {pattern!r}: {self.text!r}, '
                         f'{self.process.stderr.read()!r}')
                self.text += more

    def signal(self, number):
        self.process.send_signal(number)

    def end(self, status=0):
        """Let it end by itself; all that it printed."""
        out, err = self.process.communicate(timeout=SECONDS)
        if self.process.returncode != status or err:
            fail(f'status {self.process.returncode}, stderr {err!r}')
        return (self.text + out).decode()


class Server(Program):
    """A program that says which port the system has picked for it."""

    def __enter__(self):
        self.port = int(self.expect(r'^listening on port (\d+)$')[1])
        return self

    def client(self):
        return socket.create_connection(('127.0.0.1', self.port), SECONDS)

    def stop(self, last_line):
        self.signal(signal.SIGTERM)
        text = self.end()
        if not text.endswith(f'\n{last_line}\n'):
            fail(f'expected {last_line!r}: {text!r}')


def receive(client, length):
    data = bytearray()
    while len(data) < length:
        more = client.recv(min(length - len(data), 1 << 20))
        if not more:
            fail(f'closed after {len(data)} of {length} bytes')
        data += more
    return bytes(data)


def receive_all(client):
    """Up to the end of the stream."""
    data = bytearray()
    while more := client.recv(1 << 20):
        data += more
    return bytes(data)


def send_until_held(client, block, most):
    """Send BLOCK again and again, and read nothing, until the peer takes no
    more; what it took."""
    client.settimeout(0.5)
    sent = bytearray()
    try:
        while len(sent) < most:
            rest = block[len(sent) % len(block):]
            sent += rest[:client.send(rest)]
        fail('the program takes all, and its peer nothing')
    except TimeoutError:
        pass
    client.settimeout(SECONDS)
    return bytes(sent)


def fail(text):
    sys.exit(f'FAILED: {text}')

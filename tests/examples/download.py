# SPDX-License-Identifier: BSD-3-Clause
"""usage: download.py PROGRAM FILE-SERVER

What comes is the file, not sooner than the limit allows, or an error.
"""
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time

from program import SECONDS, Server, fail


def download(path, port, name, rate):
    return subprocess.run([path, 'localhost', str(port), name, str(rate)],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=SECONDS)


def expect_failure(path, port, name, reason):
    ran = download(path, port, name, 10**6)
    if ran.returncode != 1 or not re.search(reason, ran.stderr):
        fail(f'{ran}, not {reason}')


def whole_and_slow(path, port, data, rate):
    began = time.monotonic()
    ran = download(path, port, '/file', rate)
    took = time.monotonic() - began
    if ran.returncode or ran.stdout != data or \
            not re.fullmatch(rb'%d bytes in [\d.]+ s\n' % len(data),
                             ran.stderr):
        fail(f'{ran.returncode}, {len(ran.stdout)} bytes, {ran.stderr}')
    # A bucket is full at first, and may be filled while the last is taken.
    if took < len(data) / rate - 0.3:
        fail(f'{len(data)} bytes in {took} s: more than {rate} a second')


def cut_short(path):
    """Less than was announced is no success."""
    with socket.create_server(('127.0.0.1', 0)) as server:
        def answer():
            client, _ = server.accept()
            with client:
                client.recv(1000)
                client.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n'
                               b'\r\nshort')
        thread = threading.Thread(target=answer)
        thread.start()
        expect_failure(path, server.getsockname()[1], '/', b'ended early')
        thread.join()


def main(path, file_server):
    data = os.urandom(300000)
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, 'file'), 'wb') as file:
            file.write(data)
        with Server(file_server, folder) as server:
            whole_and_slow(path, server.port, data, 200000)
            whole_and_slow(path, server.port, data, 10**9)
            expect_failure(path, server.port, '/none', b'404 Not Found')
            server.stop('3 responses sent')
    cut_short(path)
    with socket.socket() as unused:
        unused.bind(('127.0.0.1', 0))
        expect_failure(path, unused.getsockname()[1], '/', b'refused')
    expect_failure(path, 99999, '/', b'cannot start')


if __name__ == '__main__':
    main(*sys.argv[1:])

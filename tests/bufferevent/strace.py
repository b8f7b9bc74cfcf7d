#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""System calls of an ordinary server with bufferevents, counted by strace.

usage: strace.py BUFFEREVENT-ECHO BACKEND
"""
import re
import socket
import subprocess
import sys
import tempfile

SECONDS = 60

# Those that wait, read, write and say what is of interest, by any name.
KINDS = {
    'wait': ('epoll_wait', 'epoll_pwait', 'epoll_pwait2', 'poll', 'ppoll',
             'select', 'pselect6', '_newselect'),
    'read': ('read', 'readv', 'recvfrom', 'recvmsg'),
    'write': ('write', 'writev', 'sendto', 'sendmsg'),
    'interest': ('epoll_ctl',),
    'question': ('ioctl',),
}


def exchange(port, size, requests):
    """One connection; each request waits for the answer to the last."""
    with socket.create_connection(('127.0.0.1', port), SECONDS) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(requests):
            client.sendall(bytes(size))
            left = size
            while left:
                left -= len(client.recv(left))


def count(command, size, connections, requests):
    """How many calls of each kind, and how many failed of each."""
    with tempfile.NamedTemporaryFile('r') as trace:
        server = subprocess.Popen(
            ['strace', '-f', '-o', trace.name, *command, str(size)],
            stdout=subprocess.PIPE, text=True)
        line = server.stdout.readline()
        if not line.startswith('listening on port '):
            print('strace cannot trace here')
            sys.exit(77)
        port = int(line.split()[-1])
        for _ in range(connections):
            exchange(port, size, requests)
        socket.create_connection(('127.0.0.1', port), SECONDS).close()
        if server.wait(SECONDS):
            sys.exit(f'FAILED: the server ended with {server.returncode}')
        return tally(trace)


def tally(trace):
    calls = {kind: 0 for kind in KINDS}
    calls['EBADF'] = 0
    for line in trace:
        called = re.match(r'\d+ +(\w+)\(', line)
        for kind, names in KINDS.items():
            calls[kind] += bool(called and called[1] in names)
        calls['EBADF'] += ' EBADF ' in line
    return calls


def more(command, size, connections, requests):
    """What one round more costs: beginning and end are left out."""
    once = count(command, size, connections, requests)
    if connections == 1:
        requests *= 11
    else:
        connections *= 11
    often = count(command, size, connections, requests)
    return {kind: (often[kind] - once[kind]) / 10 for kind in once}


def expect(title, figures, **most):
    print(f'{title}:', ', '.join(f'{n:g} x {kind}'
                                 for kind, n in figures.items()))
    for kind, limit in most.items():
        if figures[kind] > limit:
            sys.exit(f'FAILED: {title}: more than {limit} x {kind}')


def main():
    program, backend = sys.argv[1:]
    is_epoll = backend == 'epoll'
    expect('100 requests of 64 bytes', more([program], 64, 1, 100),
           wait=105, read=100, write=100, interest=0, question=0, EBADF=0)
    expect('100 requests of 16 KiB', more([program], 16384, 1, 100),
           read=200, write=200, interest=0, question=0, EBADF=0)
    expect('100 connections of one request', more([program], 64, 100, 1),
           read=200, write=100, interest=100 if is_epoll else 0, question=0,
           EBADF=0)


if __name__ == '__main__':
    main()

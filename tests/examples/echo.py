# SPDX-License-Identifier: BSD-3-Clause
"""usage: echo.py SERVER LOAD

The echo server with its load, with clients that behave badly, and without
descriptors.
"""
import resource
import socket
import sys

from program import (SECONDS, Program, Server, fail, receive,
                     send_until_held)


def echo(client, data):
    client.sendall(data)
    if receive(client, len(data)) != data:
        fail('the reply is not what was sent')


def under_load(path, load):
    """Every message of the load comes back, and no more are counted."""
    with Server(path) as server:
        with Program(load, f'127.0.0.1:{server.port}', '20', '30',
                     '2000') as program:
            lines = program.end().splitlines()
        figures = dict(line.split() for line in lines)
        if (figures['connections'], figures['messages']) != ('20', '2000'):
            fail(figures)
        if int(figures['p50_us']) > int(figures['p999_us']):
            fail(figures)
        server.stop('20 connections served')


def one_never_reads(path):
    """It is not read from either, others are served, nothing is lost."""
    piece = bytes(range(256)) * 256
    with Server(path) as server, server.client() as greedy, \
            server.client() as other:
        sent = send_until_held(greedy, piece, 1 << 28)
        echo(other, piece)
        if receive(greedy, len(sent)) != sent:
            fail('the reply is not what was sent')
        server.stop('2 connections served')


def some_end_early(path):
    """A half-closed client gets all it sent; a reset hurts nobody."""
    with Server(path) as server, server.client() as survivor:
        with server.client() as half:
            half.sendall(b'last words')
            half.shutdown(socket.SHUT_WR)
            if receive(half, 10) != b'last words' or half.recv(1):
                fail('a half-closed connection')
        for _ in range(20):
            with server.client() as rude:
                rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                b'\1\0\0\0\0\0\0\0')
                rude.send(b'x' * 100000)
        echo(survivor, b'still here')
        server.stop('22 connections served')


def out_of_descriptors(path):
    """Connections wait until there is room, and are served then."""
    def limit():
        resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
    with Server(path, preexec_fn=limit) as server:
        clients = [server.client() for _ in range(48)]
        for client in clients[:8]:
            echo(client, b'early')
        clients[-1].sendall(b'late')
        for client in clients[:-1]:
            client.close()
        if receive(clients[-1], 4) != b'late':
            fail('the reply is not what was sent')
        clients[-1].close()
        server.stop('48 connections served')


def refused(load):
    """A load without a server says so."""
    with socket.socket() as unused:
        unused.bind(('127.0.0.1', 0))
        address = f'127.0.0.1:{unused.getsockname()[1]}'
        with Program(load, address, '3', '1') as program:
            _, err = program.process.communicate(timeout=SECONDS)
            if program.process.returncode != 1 or b'refused' not in err:
                fail(f'{program.process.returncode}, {err!r}')


def main(path, load):
    under_load(path, load)
    one_never_reads(path)
    some_end_early(path)
    out_of_descriptors(path)
    refused(load)


if __name__ == '__main__':
    main(*sys.argv[1:])

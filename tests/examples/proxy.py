# SPDX-License-Identifier: BSD-3-Clause
"""usage: proxy.py PROGRAM

Through the proxy it is as if one were connected to the target: all bytes, each
end of a stream, and no more of them under way than the slower side takes.
"""
import os
import socket
import sys
import threading

from program import (SECONDS, Server, fail, receive, receive_all,
                     send_until_held)

BLOCK = os.urandom(1 << 16)


class Target:
    """What the proxy connects to; the test plays it."""

    def __init__(self):
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.listener.settimeout(SECONDS)
        self.port = self.listener.getsockname()[1]

    def accept(self):
        client, _ = self.listener.accept()
        client.settimeout(SECONDS)
        return client


def through(path, target):
    return Server(path, '127.0.0.1', 'localhost', str(target.port))


def connected(proxy, target):
    client = proxy.client()
    client.sendall(b'first')  # it may be there before the target
    server = target.accept()
    if receive(server, 5) != b'first':
        fail('not what was sent')
    return client, server


def both_ways(proxy, target):
    client, server = connected(proxy, target)
    with client, server:
        data = BLOCK * 100
        thread = threading.Thread(target=client.sendall, args=(data,))
        thread.start()
        if receive(server, len(data)) != data:
            fail('not what was sent')
        thread.join()
        server.sendall(b'reply')
        if receive(client, 5) != b'reply':
            fail('not what was sent')


def half_closed(proxy, target):
    """The end of one direction goes through; the other one goes on."""
    for first, second in (0, 1), (1, 0):
        ends = connected(proxy, target)
        with ends[0], ends[1]:
            ends[first].sendall(BLOCK)
            ends[first].shutdown(socket.SHUT_WR)
            if receive_all(ends[second]) != BLOCK:
                fail('lost before the end')
            ends[second].sendall(BLOCK)
            ends[second].shutdown(socket.SHUT_WR)
            if receive_all(ends[first]) != BLOCK:
                fail('lost in the other direction')


def held_back(proxy, target):
    """Who does not read holds back who writes; nothing is lost."""
    for first, second in (0, 1), (1, 0):
        ends = connected(proxy, target)
        with ends[0], ends[1]:
            sent = send_until_held(ends[first], BLOCK, 1 << 28)
            ends[second].sendall(b'meanwhile')
            if receive(ends[first], 9) != b'meanwhile':
                fail('the other direction is held as well')
            ends[first].shutdown(socket.SHUT_WR)
            if receive_all(ends[second]) != sent:
                fail('not what was sent')


def reset(proxy, target):
    """The other side of a connection that fails is closed."""
    for first, second in (0, 1), (1, 0):
        ends = connected(proxy, target)
        with ends[0], ends[1]:
            ends[first].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                   b'\1\0\0\0\0\0\0\0')
            ends[first].close()
            if receive_all(ends[second]) != b'':
                fail('from where?')


def answered_early(proxy, target):
    """Who sends more than is wanted still gets the answer."""
    client, server = connected(proxy, target)
    with client, server:
        client.sendall(BLOCK)
        server.sendall(b'too much')
        server.close()  # with something unread: a reset follows the answer
        if receive(client, 8) != b'too much':
            fail('the answer is lost')


def main(path):
    target = Target()
    with through(path, target) as proxy:
        both_ways(proxy, target)
        half_closed(proxy, target)
        held_back(proxy, target)
        reset(proxy, target)
        answered_early(proxy, target)
        proxy.stop('8 connections served')
    target.listener.close()
    with through(path, target) as proxy, proxy.client() as client:
        if receive_all(client) != b'':
            fail('nobody is there, and yet somebody answers')
        proxy.stop('1 connections served')


if __name__ == '__main__':
    main(*sys.argv[1:])

# SPDX-License-Identifier: BSD-3-Clause
"""usage: compressed.py PROGRAM

The compressing echo server against another implementation's zlib: each message
comes back at once, an end finishes the stream, a bomb does no harm.
"""
import os
import socket
import sys
import zlib

from program import Server, fail, receive_all, send_until_held

MEGABYTE = 1 << 20


class Peer:
    def __init__(self, server):
        self.socket = server.client()
        self.packer, self.unpacker = zlib.compressobj(), zlib.decompressobj()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data, flush=zlib.Z_SYNC_FLUSH):
        self.socket.sendall(
            self.packer.compress(data) + self.packer.flush(flush))

    def expect(self, data):
        got = bytearray()
        while len(got) < len(data):
            more = self.socket.recv(MEGABYTE)
            if not more:
                fail(f'closed after {len(got)} of {len(data)} bytes')
            got += self.unpacker.decompress(more)
        if got != data:
            fail('not what was sent')


def messages(server):
    with Peer(server) as peer:
        for data in b'hello', bytes(MEGABYTE), b'x', os.urandom(MEGABYTE // 4):
            peer.send(data)
            peer.expect(data)
        peer.send(b'bye', zlib.Z_FINISH)
        peer.socket.shutdown(socket.SHUT_WR)
        rest = peer.unpacker.decompress(receive_all(peer.socket))
        if rest != b'bye' or not peer.unpacker.eof:
            fail(f'{rest}, at the end: {peer.unpacker.eof}')


def garbage(server):
    with Peer(server) as peer:
        peer.socket.sendall(b'this is not compressed')
        if receive_all(peer.socket):
            fail('an answer to garbage')


def memory_in_use(server):
    with open(f'/proc/{server.process.pid}/status', encoding='ascii') as file:
        return next(int(line.split()[1]) << 10 for line in file
                    if line.startswith('VmHWM'))


def bomb(server):
    """Kilobytes that become 64 megabytes: not all in memory."""
    with Peer(server) as peer:
        peer.send(bytes(64 * MEGABYTE))
        peer.expect(bytes(64 * MEGABYTE))


def never_reads(server):
    with Peer(server) as peer:
        block = os.urandom(MEGABYTE // 4)
        packer = zlib.compressobj(0)
        packed = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
        start = packed[:2]
        peer.socket.sendall(start)
        sent = send_until_held(peer.socket, packed[2:], 1 << 28)
        want = zlib.decompressobj().decompress(start + sent)
        peer.expect(want)


def main(path):
    with Server(path) as server:
        messages(server)
        garbage(server)
        bomb(server)
        never_reads(server)
        # (AddressSanitizer keeps what was freed.)
        if os.path.exists('/proc/self/status') and \
                'ASAN_OPTIONS' not in os.environ and \
                memory_in_use(server) > 48 * MEGABYTE:
            fail(f'{memory_in_use(server)} bytes of memory')
        server.stop('4 connections served')


if __name__ == '__main__':
    main(*sys.argv[1:])

# SPDX-License-Identifier: BSD-3-Clause
"""usage: files.py PROGRAM

What the file server gives is what is on the disk, and only what is below its
folder; bad requests, slow peers and half-closed ones are treated rightly.
"""
import contextlib
import http.client
import os
import socket
import sys
import tempfile

from program import (SECONDS, Server, fail, receive, receive_all,
                     send_until_held)

SMALL = b'a few bytes\n'
LARGE = os.urandom(1 << 16) * 80  # five megabytes


def furnish(folder):
    """A folder to serve, and beside it what must not be seen."""
    root = os.path.join(folder, 'root')
    os.makedirs(os.path.join(root, 'page'))
    os.makedirs(os.path.join(root, 'a & b'))
    for name, data in (
            ('../secret', b'secret'), ('.hidden', b'secret'),
            ('small.txt', SMALL), ('large', LARGE), ('empty', b''),
            ('page/index.html', b'<p>index'), ('a & b/<1>.html', b'odd')):
        with open(os.path.join(root, name), 'wb') as file:
            file.write(data)
    os.symlink('../secret', os.path.join(root, 'link'))
    os.symlink('..', os.path.join(root, 'up'))
    os.mkfifo(os.path.join(root, 'fifo'))
    return root


def ask(http_, path, status, method='GET'):
    http_.request(method, path)
    answer = http_.getresponse()
    body = answer.read()
    if answer.status != status:
        fail(f'{method} {path}: {answer.status}, not {status}')
    return answer, body


@contextlib.contextmanager
def connected(server):
    http_ = http.client.HTTPConnection('127.0.0.1', server.port,
                                       timeout=SECONDS)
    yield http_
    http_.close()


def contents(server):
    """All of them over one connection, which is kept."""
    with connected(server) as http_:
        http_.connect()
        first = http_.sock
        for path, data, kind in (
                ('/small.txt', SMALL, 'text/plain; charset=utf-8'),
                ('/large', LARGE, 'application/octet-stream'),
                ('/empty', b'', 'application/octet-stream'),
                ('/page/', b'<p>index', 'text/html; charset=utf-8'),
                ('/a%20&%20b/%3c1%3E.html?query', b'odd',
                 'text/html; charset=utf-8')):
            answer, body = ask(http_, path, 200)
            if body != data or answer.headers['Content-Type'] != kind:
                fail(f'{path}: {len(body)} bytes, {answer.headers}')
            answer, body = ask(http_, path, 200, 'HEAD')
            if body or answer.headers['Content-Length'] != str(len(data)):
                fail(f'HEAD {path}: {body!r}, {answer.headers}')
        if http_.sock is not first:
            fail('the connection was not kept')


def folders(server):
    with connected(server) as http_:
        _, page = ask(http_, '/', 200)
        for part in b'"./large">large<', b'"./page/"', \
                b'"./a%20%26%20b/">a &#38; b/<':
            if part not in page:
                fail(f'{part} not in {page}')
        for part in b'hidden', b'link', b'fifo', b'"./up':
            if part in page:
                fail(f'{part} in {page}')
        _, page = ask(http_, '/a%20&%20b/', 200)
        if b'"./%3C1%3E.html">&#60;1&#62;.html<' not in page:
            fail(page)
        answer, _ = ask(http_, '/a%20&%20b', 301)
        if answer.headers['Location'] != 'a%20%26%20b/':
            fail(answer.headers)


def nothing_else(server):
    with connected(server) as http_:
        for path in ('/none', '/small.txt/x', '/../secret', '/%2e%2e/secret',
                     '/page/../../secret', '/..%2fsecret', '/.hidden', '/link',
                     '/up/secret', '//../secret'):
            _, body = ask(http_, path, 404)
            if b'secret' in body:
                fail(f'{path}: {body}')
        ask(http_, '/fifo', 403)


def exchange(server, data):
    """Send all, then the end; what comes up to the end."""
    with server.client() as client:
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        return receive_all(client)


def bad_requests(server):
    """Each is refused with the right status, and the connection closed."""
    host = b'Host: h\r\n'
    for request, status in (
            (b'nonsense\r\n\r\n', 400),
            (b'GET / HTTP/2.0\r\n' + host + b'\r\n', 400),
            (b'GET x HTTP/1.1\r\n' + host + b'\r\n', 400),
            (b'GET /% HTTP/1.1\r\n' + host + b'\r\n', 400),
            (b'GET /small.txt%00 HTTP/1.1\r\n' + host + b'\r\n', 400),
            (b'GET /small.txt\0 HTTP/1.1\r\n' + host + b'\r\n', 400),
            (b'GET / HTTP/1.1\r\n\r\n', 400),
            (b'GET / HTTP/1.1\r\n' + host + host + b'\r\n', 400),
            (b'GET / HTTP/1.1\r\nHost : h\r\n\r\n', 400),
            (b'GET / HTTP/1.1\r\n' + host + b' folded\r\n\r\n', 400),
            (b'POST / HTTP/1.1\r\n' + host + b'\r\n', 501),
            (b'GET / HTTP/1.1\r\n' + host
             + b'Content-Length: 3\r\n\r\nGET', 413),
            (b'GET / HTTP/1.1\r\n' + host
             + b'Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 413),
            (b'GET /' + b'x' * 9000 + b' HTTP/1.1\r\n', 431),
            (b'GET / HTTP/1.1\r\n' + b'X: y\r\n' * 3000, 431)):
        answer = exchange(server, request + b'GET /small.txt HTTP/1.0\r\n\r\n')
        if not answer.startswith(b'HTTP/1.1 %d ' % status) or \
                answer.count(b'HTTP/1.1') != 1 or \
                b'Connection: close' not in answer:
            fail(f'{request[:60]!r}, not {status}: {answer[:200]!r}')


def byte_by_byte(server):
    request = b'GET /small.txt HTTP/1.1\r\nHost: h\r\n\r\n'
    with server.client() as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in request:
            client.sendall(bytes([byte]))
        client.shutdown(socket.SHUT_WR)
        if not receive_all(client).endswith(b'\r\n\r\n' + SMALL):
            fail('a request byte by byte')


def pipelined(server):
    """Who asks for much and reads nothing is not read from, and loses nothing."""
    request = b'GET /large HTTP/1.1\r\nHost: h\r\n\r\n'
    with server.client() as greedy:
        sent = send_until_held(greedy, request * 1000, 1 << 26)
        with connected(server) as http_:
            ask(http_, '/small.txt', 200)  # others are served
        descriptors = os.listdir(f'/proc/{server.process.pid}/fd') \
            if os.path.isdir('/proc/self/fd') else []
        if len(descriptors) > 30:
            fail(f'{len(descriptors)} descriptors')
        if len(sent) < len(request) * 3:
            fail('not even three requests')
        for _ in range(3):
            head = b''
            while not head.endswith(b'\r\n\r\n'):
                head += receive(greedy, 1)
            if receive(greedy, len(LARGE)) != LARGE:
                fail('not what is in the file')


def end_with_data(server):
    """Requests, then at once the end: all are answered, in order."""
    answer = exchange(server, b'GET /large HTTP/1.1\r\nHost: h\r\n\r\n'
                      b'GET /small.txt HTTP/1.1\r\nHost: h\r\n\r\n'
                      b'GET /empty HTTP/1.1\r\nHo')
    if answer.count(b'HTTP/1.1 200 OK') != 2 or \
            LARGE not in answer or not answer.endswith(SMALL):
        fail(f'{len(answer)} bytes')


def some_go_early(server):
    for _ in range(20):
        with server.client() as rude:
            rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            b'\1\0\0\0\0\0\0\0')
            rude.sendall(b'GET /large HTTP/1.1\r\nHost: h\r\n\r\n')
            receive(rude, 1000)


def main(path):
    with tempfile.TemporaryDirectory() as folder:
        with Server(path, furnish(folder)) as server:
            contents(server)
            folders(server)
            nothing_else(server)
            bad_requests(server)
            byte_by_byte(server)
            pipelined(server)
            end_with_data(server)
            some_go_early(server)
            contents(server)
            server.signal(15)
            if 'responses sent\n' not in server.end():
                fail('no farewell')


if __name__ == '__main__':
    main(*sys.argv[1:])

# SPDX-License-Identifier: BSD-3-Clause
"""usage: http_load.py FILE-SERVER HTTP-LOAD

The file server with its load: every file arrives, a wrong one is noticed.
"""
import os
import sys
import tempfile

from program import SECONDS, Program, Server, fail


def figures_of(load, server, *paths):
    with Program(load, f'127.0.0.1:{server.port}', '10', '1',
                 *paths) as program:
        return dict(line.split() for line in program.end().splitlines())


def expect_failure(load, server, path, reason):
    with Program(load, f'127.0.0.1:{server.port}', '2', '1',
                 path) as program:
        _, err = program.process.communicate(timeout=SECONDS)
        if program.process.returncode != 1 or reason not in err.decode():
            fail(f'{program.process.returncode}, {err!r}')


def main(path, load):
    sizes = {'small.html': 10, 'none.txt': 0, 'large.bin': 300000}
    with tempfile.TemporaryDirectory() as root, \
            tempfile.TemporaryDirectory() as elsewhere:
        for name, size in sizes.items():
            with open(os.path.join(root, name), 'wb') as file:
                file.write(os.urandom(size))
        other = os.path.join(elsewhere, 'small.html')
        missing = os.path.join(elsewhere, 'missing.html')
        for name in other, missing:
            with open(name, 'wb') as file:
                file.write(b'something else')
        with Server(path, root) as server:
            figures = figures_of(
                load, server, *(os.path.join(root, name) for name in sizes))
            if not 0 < int(figures['p50_us']) <= int(figures['p99_us']):
                fail(figures)
            if int(figures['bytes']) < int(figures['messages']) * 90000:
                fail(figures)
            expect_failure(load, server, other, 'not what it should be')
            expect_failure(load, server, missing, 'not what it should be')


if __name__ == '__main__':
    main(*sys.argv[1:])

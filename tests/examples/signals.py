# SPDX-License-Identifier: BSD-3-Clause
"""usage: signals.py PROGRAM

Reloads as often as it is told to, and stops without losing a job.
"""
import itertools
import signal
import sys

from program import Program, fail


def main(path):
    with Program(path) as program:
        program.expect(r'^process \d+ is ready$')
        for times in itertools.count(1):
            program.signal(signal.SIGHUP)
            said = program.expect(
                r'(?:^reloaded, with (\d+) jobs under way\n){%d}' % times)
            if int(said[1]) > 0:
                break
        program.signal(signal.SIGTERM)
        program.expect(r'^no new work; finishing what is under way$')
        last = program.end().splitlines()[-1].split()
    if last[1] != 'jobs,' or last[0] != last[2] or last[0] == '0':
        fail(f'jobs were lost: {last}')


if __name__ == '__main__':
    main(*sys.argv[1:])

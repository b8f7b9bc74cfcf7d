# SPDX-License-Identifier: BSD-3-Clause
"""usage: expected.py PROGRAM FILE [STATUS]

Runs PROGRAM; what it prints must be what is in FILE.
"""
import difflib
import subprocess
import sys

from program import Program, fail


def main(program, expected, status='0'):
    with Program('/bin/sh', '-c', 'exec "$0" 2>&1', program) as running:
        printed = running.end(int(status))
    with open(expected, encoding='utf-8') as file:
        wanted = file.read()
    if printed != wanted:
        fail('\n' + ''.join(difflib.unified_diff(
            wanted.splitlines(True), printed.splitlines(True),
            'expected', 'printed')))


if __name__ == '__main__':
    main(*sys.argv[1:])

# SPDX-License-Identifier: BSD-3-Clause
"""usage: demo.py SCRIPT BUILD-FOLDER BACKEND...

The demonstration in its short form: readable without a terminal, and with one
row of figures for each backend and server.
"""
import re
import subprocess
import sys


def main(script, build, *backends):
    ran = subprocess.run([script, '--quick', build], timeout=240, text=True,
                         encoding='utf-8', stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    print(ran.stdout, ran.stderr)
    assert ran.returncode == 0 and not ran.stderr
    assert not re.search(r'[^\S\n ]|[\x00-\x09\x0b-\x1f\x7f]', ran.stdout), \
        'control characters'
    assert all(len(line) <= 80 for line in ran.stdout.splitlines())
    value = r' +[\d.]+ (µs|us|ms|s)'
    rows = [rf'({value}){{4}}', rf' +[\d,.]+({value}){{3}}']
    for backend in backends:
        for row in rows:
            row = rf'^  {backend}( \*)? +[\d,]+{row} +(-|\d+\.\d\d)$'
            assert re.search(row, ran.stdout, re.MULTILINE), backend


if __name__ == '__main__':
    main(*sys.argv[1:])

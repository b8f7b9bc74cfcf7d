#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""`libev backends --json`, a base, and the manual page agree on features.

usage: features.py LIBEV PRINT_FEATURES MANUAL BACKEND
"""
import json
import os
import re
import subprocess
import sys

libev, print_features, manual, name = sys.argv[1:]
ENV = {**os.environ, 'LIBEV_BACKENDS': name}
# What the manual says of these depends on their systems.
ELSEWHERE = ('kqueue', 'devpoll', 'evport')


def output(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True,
                          env=ENV).stdout


def documented():
    """Of the manual's table: feature -> names, or all but names."""
    features = set()
    with open(manual, encoding='utf-8') as file:
        rows = re.findall(r'^\.It Dv EV_FEATURE_(\w+) Ta (all but )?([^T]*?) Ta',
                          file.read(), re.M)
    for feature, others, names in rows:
        if (name in names.split(', ')) != bool(others):
            features.add(feature.lower().replace('_', '-'))
    return features if len(rows) == 4 else {'no such table'}


print('1..3')
backend, = json.loads(output(libev, 'backends', '--json'))
if not backend['usable']:
    for number in 1, 2, 3:
        print(f'ok {number} # SKIP {backend["reason"]}')
    sys.exit()
told = set(backend['features'])
method, *had = output(print_features).split()
print('ok' if backend['picked'] and method == name else 'not ok',
      f'1 - a base is of {name}')
print('ok' if told == set(had) else 'not ok',
      f'2 - base and list agree: {sorted(had)}, {sorted(told)}')
if name in ELSEWHERE:
    print('ok 3 # SKIP the manual tells what it is on its own system')
else:
    print('ok' if told == documented() else 'not ok',
          f'3 - the manual agrees: {sorted(documented())}')

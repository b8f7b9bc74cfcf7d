#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A library's map, its headers and what it exports, compared both ways.

usage: check-symbols.py LIBRARY MAP [HEADERS]

Every exported name matches the map; every pattern of the map is used; every
exported name is declared in a header, and every function that a header
declares is exported.
"""
import fnmatch
import os
import re
import subprocess
import sys

EXPORTED = re.compile(r'EVENT2_EXPORT_SYMBOL\s*(?:\n|[^;{])*?\b(\w+)\s*\(')
ABI = re.compile(r'EV_ABI_EXPORT[^;=]*?\b(\w+)\s*\(')


def exported(library):
    out = subprocess.run(['nm', '-D', '--defined-only', library],
                         capture_output=True, text=True, check=True).stdout
    names = set()
    for line in out.splitlines():
        kind, name = line.split()[-2:]
        if kind in 'TDBRVW' and not name.startswith('_'):
            names.add(name.split('@')[0])
    return {n for n in names if not n.startswith('LIBEV_')}


def patterns(path):
    text = open(path).read()
    body = text[text.index('global:') + 7:text.index('local:')]
    return [p.strip() for p in body.split(';') if p.strip()]


def declared(root):
    names = set()
    for folder, _, files in os.walk(root):
        for name in files:
            if not name.endswith('.h') or name == 'visibility.h':
                continue
            text = open(os.path.join(folder, name)).read()
            text = re.sub(r'/\*.*?\*/', '', text, flags=re.S)
            if folder.endswith('libev-abi'):
                if name == 'core.h':
                    names.update(ABI.findall(text))
                continue
            for match in EXPORTED.finditer(text):
                names.add(match.group(1))
    return names


def main():
    library, map_file = sys.argv[1:3]
    have, want = exported(library), patterns(map_file)
    bad = [f'{n}: exported, but not in the map' for n in sorted(have)
           if not any(fnmatch.fnmatch(n, p) for p in want)]
    bad += [f'{p}: in the map, but nothing is exported by it' for p in want
            if not any(fnmatch.fnmatch(n, p) for n in have)]
    if len(sys.argv) > 3:
        names = declared(sys.argv[3])
        windows = {'evthread_use_windows_threads'}
        bad += [f'{n}: exported, but in no header'
                for n in sorted(have - names)]
        bad += [f'{n}: in a header, but not exported'
                for n in sorted(names - have - windows)]
    print('\n'.join(bad) or f'{library}: {len(have)} names, as they should be')
    return bool(bad)


sys.exit(main())

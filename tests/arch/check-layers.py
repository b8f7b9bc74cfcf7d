#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Which layer may include which: docs/layers.txt, read against the tree.

Fails on a file of no layer, an include that goes up or sideways, and a circle
between modules (x.c and x.h are one module).
"""
import fnmatch
import os
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.M)


def read_layers(root):
    layers = {}
    for line in open(os.path.join(root, 'docs', 'layers.txt')):
        line = line.split('#')[0].strip()
        if not line:
            continue
        head, globs = line.rsplit(':', 1)
        name, _, below = head.partition('->')
        lower = below.split() if '->' in head else list(layers)
        unknown = [x for x in lower if x not in layers]
        if unknown:
            sys.exit(f'layers.txt: {name.strip()} may not name later layers: {unknown}')
        layers[name.strip()] = (set(lower), globs.split())
    return layers


def sources(root):
    for top in ('libev-core', 'libev-backends', 'libev-signal', 'libev-buffer'):
        for folder, _, names in os.walk(os.path.join(root, top)):
            for name in names:
                if name.endswith(('.c', '.h')):
                    yield os.path.relpath(os.path.join(folder, name), root)


def main(root):
    layers = read_layers(root)
    files = sorted(sources(root))
    layer_of, problems = {}, []
    for path in files:
        found = [n for n, (_, globs) in layers.items()
                 if any(fnmatch.fnmatch(path, g) for g in globs)]
        if len(found) != 1:
            problems.append(f'{path}: in {len(found)} layers, must be in one')
        else:
            layer_of[path] = found[0]
    by_name = {}
    for path in files:
        by_name.setdefault(os.path.basename(path), []).append(path)

    module = lambda p: os.path.splitext(p)[0].replace('/include/event2/', '/')
    edges = {}
    for path in layer_of:
        text_of_file = open(os.path.join(root, path)).read()
        for quote, text in INCLUDE.findall(text_of_file):
            near = os.path.normpath(os.path.join(os.path.dirname(path), text))
            hits = [near] if quote == '"' and near in layer_of else [
                p for p in by_name.get(os.path.basename(text), [])
                if p.endswith('/' + text) and '/' in text]
            for target in hits:
                mine, theirs = layer_of.get(path), layer_of.get(target)
                if theirs != mine and theirs not in layers[mine][0]:
                    problems.append(f'{path} ({mine}) includes {target} ({theirs})')
                if module(target) != module(path):
                    edges.setdefault(module(path), set()).add(module(target))

    state = {}

    def visit(node, trail):
        state[node] = 'open'
        for nxt in sorted(edges.get(node, ())):
            if state.get(nxt) == 'open':
                problems.append('circle: ' + ' -> '.join(trail + [node, nxt]))
            elif nxt not in state:
                visit(nxt, trail + [node])
        state[node] = 'done'

    for node in sorted(edges):
        if node not in state:
            visit(node, [])
    for line in problems:
        print(line)
    print(f'{len(files)} files, {len(layers)} layers, {len(problems)} problems')
    return 1 if problems else 0


sys.exit(main(sys.argv[1]))

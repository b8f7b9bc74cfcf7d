#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Two builds in different folders give the same bytes."""
import os

from installed import Build, check, files_below, main


def contents(prefix):
    return {os.path.relpath(path, prefix): open(path, 'rb').read()
            for path in files_below(prefix)}


def same_bytes(work):
    """A system's prefix, as distributions build: nothing else may differ."""
    trees = []
    for name, zone in ('one', 'UTC'), ('another-folder', 'Asia/Tokyo'):
        build = Build(work, '-Ddefault_library=both', '--prefix=/usr', name=name,
                      env={'TZ': zone})
        build.install('--destdir', build.prefix)
        trees.append(contents(build.prefix))
    one, other = trees
    check(one.keys() == other.keys(), one.keys() ^ other.keys())
    check(len(one) > 40, len(one), 'files')
    differ = [name for name in one if one[name] != other[name]]
    check(not differ, 'differ:', *differ)


main(same_bytes)

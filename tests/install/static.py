#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A static suite is one program: all backends inside, nothing is opened."""
import json
import os
import shlex

from installed import (BACKENDS, BUFFER, CC, CONSUMER, Build, Skip, check,
                       consume, main, need, run, write)


def need_static_libc(compiler, work):
    need(compiler[0])
    probe = write(os.path.join(work, 'probe.c'), 'int main(void){return 0;}\n')
    run(*compiler, '-static', '-o', probe + '.out', probe, status=None)
    if not os.path.exists(probe + '.out'):
        raise Skip(f'{compiler[0]} has no static libc')


def check_program(program):
    need('readelf')
    check('(NEEDED)' not in run('readelf', '-d', program), 'needs libraries')
    check('INTERP' not in run('readelf', '-l', program), 'needs a loader')


def check_tree(tree, compiler, work):
    program = os.path.join(work, 'program')
    flags = shlex.split(tree.pc('--static', '--cflags', '--libs', 'libev-core'))
    said = run(*compiler, '-static', '-o', program, CONSUMER, *flags)
    check('dlopen' not in said, said)
    check_program(program)
    consume(program, backend='epoll')
    for name in BACKENDS:
        consume(program, backend=name, env={'LIBEV_BACKENDS': name})
    flags = shlex.split(tree.pc('--static', '--cflags', '--libs',
                                'libev-buffer'))
    run(*compiler, '-static', '-o', program, BUFFER, *flags)
    check(run(program) == 'read: 1 lines\n')


def check_static(work, compiler):
    need_static_libc(compiler, work)
    build = Build(work, '-Ddefault_library=static', '-Dc_link_args=-static',
                  env={'CC': shlex.join(compiler)})
    tree = build.install()
    check(not os.path.exists(os.path.join(tree.lib, 'libev')), 'has modules')
    check_tree(tree, compiler, work)
    check_program(tree.libev)
    listed = json.loads(run(tree.libev, 'backends', '--json'))
    check([b['name'] for b in listed] == BACKENDS, listed)
    check(all(b['usable'] and b['kind'] == 'builtin' for b in listed), listed)


def one_program_with_glibc(work):
    check_static(work, CC)


def one_program_with_musl(work):
    need('musl-gcc')
    check_static(work, ['musl-gcc'])


def static_beside_shared(work):
    """default_library=both: the archive opens nothing, the library does."""
    need_static_libc(CC, work)
    tree = Build(work, '-Ddefault_library=both').install()
    need('nm')
    said = run('nm', '--undefined-only',
               os.path.join(tree.lib, 'libev-core.a'))
    check('dlopen' not in said, 'the archive calls dlopen')
    check_tree(tree, CC, work)
    listed = json.loads(run(tree.libev, 'backends', '--json'))
    check(all(b['kind'] == 'module' for b in listed), listed)


def named_backends_alone(work):
    """A static suite has what was asked for, in either option."""
    tree = Build(work, '-Ddefault_library=static', '-Dbackends=select',
                 '-Dbuiltin_backends=poll').install()
    listed = json.loads(run(tree.libev, 'backends', '--json'))
    check([b['name'] for b in listed] == ['poll', 'select'], listed)


main(one_program_with_glibc, one_program_with_musl, static_beside_shared,
     named_backends_alone)

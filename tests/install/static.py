#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A static suite is one program: all backends inside, nothing is opened."""
import json
import os
import shlex

from installed import (BACKENDS, BUFFER, CC, CONSUMER, ON_REQUEST, Build, Skip,
                       check, consume, main, need, run, write)


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


def may_use(tree, name):
    one, = json.loads(run(tree.libev, 'backends', '--probe', name, '--json',
                          status=None))
    return one['usable']


def check_tree(tree, compiler, work):
    program = os.path.join(work, 'program')
    flags = shlex.split(tree.pc('--static', '--cflags', '--libs', 'libev-core'))
    said = run(*compiler, '-static', '-o', program, CONSUMER, *flags)
    check('dlopen' not in said, said)
    check_program(program)
    consume(program, backend='epoll')
    for backend in backends(tree):
        name = backend['name']
        if name not in ON_REQUEST or may_use(tree, name):
            consume(program, backend=name, env={'LIBEV_BACKENDS': name})
    flags = shlex.split(tree.pc('--static', '--cflags', '--libs',
                                'libev-buffer'))
    run(*compiler, '-static', '-o', program, BUFFER, *flags)
    check(run(program) == 'read: 1 lines\n')


def backends(tree):
    return json.loads(run(tree.libev, 'backends', '--json'))


def check_static(work, compiler):
    need_static_libc(compiler, work)
    build = Build(work, '-Ddefault_library=static', '-Dc_link_args=-static',
                  env={'CC': shlex.join(compiler)})
    tree = build.install()
    check(not os.path.exists(os.path.join(tree.lib, 'libev')), 'has modules')
    check_tree(tree, compiler, work)
    check_program(tree.libev)
    listed = backends(tree)
    # A libc without the kernel's headers cannot have those on request.
    check([b['name'] for b in listed if b['name'] not in ON_REQUEST] ==
          [name for name in BACKENDS if name not in ON_REQUEST], listed)
    for backend in listed:
        check(backend['kind'] == 'builtin', listed)
        check(backend['usable'] or backend['name'] in ON_REQUEST, listed)


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
    listed = backends(tree)
    check(all(b['kind'] == 'module' for b in listed), listed)


def named_backends_alone(work):
    """A static suite has what was asked for, in either option."""
    tree = Build(work, '-Ddefault_library=static', '-Dbackends=select',
                 '-Dbuiltin_backends=poll').install()
    listed = json.loads(run(tree.libev, 'backends', '--json'))
    check([b['name'] for b in listed] == ['poll', 'select'], listed)


main(one_program_with_glibc, one_program_with_musl, static_beside_shared,
     named_backends_alone)

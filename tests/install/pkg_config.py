#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A program finds the suite with pkg-config, whatever its language."""
import os
import shlex

from installed import (BUFFER, CC, CONSUMER, HERE, Build, check, consume,
                       dynamic, main, need, plain, run, stage)


def flags(tree, name='libev-core'):
    return shlex.split(tree.pc('--cflags', '--libs', name))


def c_program(work):
    """Linked with both libraries; a linker may leave out what is not called."""
    tree = plain()
    program = os.path.join(work, 'program')
    run(*CC, '-o', program, CONSUMER, '-Wl,--no-as-needed', *flags(tree))
    consume(program, env=tree.env())
    needed = dynamic(program, 'NEEDED')
    for library in 'libev-core.so.0', 'libev-signal.so.0':
        check(library in needed, library, 'is not among', needed)


def c_program_that_links_as_needed(work):
    """It names libev-core alone, which finds libev-signal beside itself."""
    tree = plain()
    program = os.path.join(work, 'program')
    run(*CC, '-o', program, CONSUMER, '-Wl,--as-needed',
        f'-Wl,-rpath,{tree.lib}', *flags(tree))
    check('libev-signal.so.0' not in dynamic(program, 'NEEDED'))
    consume(program)


def cplusplus_program(work):
    compiler = os.environ.get('CXX', 'c++')
    need(compiler)
    tree = plain()
    program = os.path.join(work, 'program')
    source = os.path.join(HERE, 'consumer.cpp')
    run(compiler, '-std=c++17', '-Wall', '-Wextra', '-Wpedantic', '-Werror',
        '-o', program, source, *flags(tree))
    consume(program, env=tree.env())


def buffer_program(work):
    tree = plain()
    program = os.path.join(work, 'program')
    run(*CC, '-o', program, BUFFER, *flags(tree, 'libev-buffer'))
    check(run(program, env=tree.env()) == 'read: 1 lines\n')


def staged_for_another_root(work):
    """As cross builds do it: the files name the prefix, the root goes before."""
    tree = stage(work)
    need('pkg-config')
    root = tree.prefix[:-len(tree.options['prefix'])]
    out = run('pkg-config', '--cflags', '--libs', 'libev-core',
              env={'PKG_CONFIG_LIBDIR': tree.pkgconfig,
                   'PKG_CONFIG_SYSROOT_DIR': root})
    check(f'-I{tree.include}' in out and f'-L{tree.lib}' in out, out)
    program = os.path.join(work, 'program')
    run(*CC, '-o', program, CONSUMER, *shlex.split(out))
    consume(program, env=tree.env())


def moved(work):
    """With -Dpkgconfig.relocatable=true the prefix may go anywhere."""
    tree = Build(work, '-Dpkgconfig.relocatable=true').install()
    tree = tree.moved_to(os.path.join(work, 'elsewhere'))
    program = os.path.join(work, 'program')
    run(*CC, '-o', program, CONSUMER, f'-Wl,-rpath,{tree.lib}', *flags(tree))
    consume(program, backend='epoll')
    check(os.path.samefile(tree.pc('--variable=backenddir', 'libev-core'),
                           tree.modules))


def variables_are_true(work):
    build = Build(work, '-Dbackends=epoll,poll', '-Dbuiltin_backends=select,poll')
    tree = build.install()
    for name, value in {'backenddir': tree.modules, 'backend_abi': '1',
                        'backends': 'epoll poll',
                        'builtin_backends': 'poll select'}.items():
        said = tree.pc(f'--variable={name}', 'libev-core')
        check(said == value, f'{name} is "{said}", not "{value}"')
    check(sorted(os.listdir(tree.modules)) == ['epoll.so', 'poll.so'],
          os.listdir(tree.modules))
    providers = tree.pc('--variable=providers', 'libev-signal')
    check('selfpipe' in providers.split(), providers)


def files_are_valid(work):
    tree = stage(work)
    for name in 'libev-core', 'libev-signal', 'libev-buffer':
        tree.pc('--validate', name)
        version = tree.pc('--modversion', name)
        check(all(part.isdigit() for part in version.split('.')), version)
        text = open(os.path.join(tree.pkgconfig, name + '.pc'),
                    encoding='utf-8').read()
        check('not related to libev' in text, text)


main(c_program, c_program_that_links_as_needed, cplusplus_program,
     buffer_program, staged_for_another_root, moved, variables_are_true, files_are_valid)

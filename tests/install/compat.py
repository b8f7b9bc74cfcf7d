#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The compat folder is a prefix of its own in which libevent seems to lie."""
import os
import shlex

from installed import (CC, CONSUMER, Skip, check, consume, dynamic,
                       files_below, main, need, run, stage)


def flavour(work):
    tree = stage(work)
    if not os.path.exists(tree.compat):
        raise Skip('built without libevent_compat')
    return tree


def pc_names(tree):
    folder = os.path.join(tree.compat, 'lib', 'pkgconfig')
    return folder, sorted(name[:-3] for name in os.listdir(folder))


def pkg_config_of_libevent(work):
    """Each of its names leads to headers, a library, and libev-core."""
    tree = flavour(work)
    need('pkg-config')
    folder, names = pc_names(tree)
    check({'libevent', 'libevent_core', 'libevent_pthreads'} <= set(names))
    for name in names:
        env = {'PKG_CONFIG_LIBDIR': folder}
        run('pkg-config', '--validate', name, env=env)
        run('pkg-config', '--atleast-version=2.1.12', name, env=env)
        flags = shlex.split(run('pkg-config', '--cflags', '--libs', name,
                                env=env))
        program = os.path.join(work, name)
        run(*CC, '-o', program, CONSUMER, *flags)
        check('libev-core.so.0' in dynamic(program, 'NEEDED'), name)
        consume(program, backend='epoll', env=tree.env())


def a_folder_given_to_configure(work):
    """--with-libevent=DIR: -IDIR/include -LDIR/lib and one of the names."""
    tree = flavour(work)
    for name in 'event', 'event_core', 'event_pthreads':
        program = os.path.join(work, name)
        run(*CC, '-o', program, CONSUMER, f'-I{tree.compat}/include',
            f'-L{tree.compat}/lib', f'-l{name}')
        consume(program, backend='epoll',
                env={'LD_LIBRARY_PATH': os.path.join(tree.compat, 'lib')})


def headers_of_1_x_are_there(work):
    tree = flavour(work)
    source = os.path.join(work, 'old.c')
    with open(source, 'w', encoding='utf-8') as file:
        file.write('#include <event.h>\n#include <evutil.h>\n'
                   'int main(void)\n{\n'
                   '\tstruct evbuffer *buffer = evbuffer_new();\n\n'
                   '\tevbuffer_free(buffer);\n'
                   '\treturn !buffer || !event_init();\n}\n')
    program = os.path.join(work, 'old')
    run(*CC, '-o', program, source, f'-I{tree.compat}/include',
        f'-L{tree.compat}/lib', '-levent')
    run(program, env=tree.env())


def its_headers_are_those_of_the_suite(work):
    tree = flavour(work)
    folder = os.path.join(tree.compat, 'include')
    for path in files_below(folder):
        name = os.path.relpath(path, folder)
        twin = os.path.join(tree.include, name)
        check(open(path, 'rb').read() == open(twin, 'rb').read(), name)
    missing = [n for n in os.listdir(os.path.join(tree.include, 'event2'))
               if not os.path.exists(os.path.join(folder, 'event2', n))]
    check(not missing, 'not there:', missing)


def libraries_bear_sonames_of_libevent(work):
    """They hold nothing, and find libev-core from where they lie."""
    tree = flavour(work)
    need('nm')
    seen = 0
    for path in files_below(os.path.join(tree.compat, 'lib')):
        if not path.endswith('.so.7'):
            continue
        seen += 1
        check(dynamic(path, 'SONAME') == [os.path.basename(path)], path)
        needed = dynamic(path, 'NEEDED')
        check({'libev-core.so.0', 'libev-buffer.so.0'} <= set(needed), needed)
        check(dynamic(path, 'RUNPATH') == ['$ORIGIN/../../..'], path)
        check(not run('nm', '-D', '--defined-only', path).strip(), path)
    check(seen >= 3, seen, 'libraries')


main(pkg_config_of_libevent, a_folder_given_to_configure,
     headers_of_1_x_are_there, its_headers_are_those_of_the_suite,
     libraries_bear_sonames_of_libevent)

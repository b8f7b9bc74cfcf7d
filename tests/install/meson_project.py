#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A Meson project finds the suite installed, or brings it as a subproject."""
import os
import shutil

from installed import (CONSUMER, MESON, SOURCE, Build, check, consume, dynamic,
                       main, need, plain, run, write)

PROJECT = '''\
project('consumer', 'c', default_options: {defaults})
core = dependency('libev-core'{how})
executable('consumer', 'consumer.c', dependencies: core, install: true)
message('modules in', core.get_variable('backenddir', default_value: 'none'))
'''


def project(work, how='', defaults="[]"):
    folder = os.path.join(work, 'project')
    write(os.path.join(folder, 'meson.build'),
          PROJECT.format(how=how, defaults=defaults))
    shutil.copy(CONSUMER, os.path.join(folder, 'consumer.c'))
    return folder


def with_subproject(work, **more):
    """The tree of the suite lies in subprojects, its wrap beside it."""
    folder = project(work, **more)
    os.mkdir(os.path.join(folder, 'subprojects'))
    os.symlink(SOURCE, os.path.join(folder, 'subprojects', 'libev-suite'))
    shutil.copy(os.path.join(SOURCE, 'packaging', 'libev-suite.wrap'),
                os.path.join(folder, 'subprojects'))
    return folder


def build(work, folder, *options, env=None):
    out = os.path.join(work, 'out')
    said = run(*MESON, 'setup', out, folder, '-Doptimization=0',
               f'--prefix={work}/prefix', *options, env=env)
    run(*MESON, 'compile', '-C', out, '-j', 2)
    return out, said


def installed(work):
    need('pkg-config')
    tree = plain()
    out, said = build(work, project(work),
                      env={'PKG_CONFIG_LIBDIR': tree.pkgconfig})
    check(f'modules in {tree.modules}' in said, said)
    consume(os.path.join(out, 'consumer'), backend='epoll')


def installed_static(work):
    need('pkg-config')
    tree = Build(work, '-Ddefault_library=both').install()
    out, _ = build(work, project(work, how=', static: true'),
                   env={'PKG_CONFIG_LIBDIR': tree.pkgconfig})
    program = os.path.join(out, 'consumer')
    check(not [n for n in dynamic(program, 'NEEDED') if 'libev' in n])
    consume(program, backend='epoll')


def subproject(work):
    """The dependency is there without a word about it, and it is lean."""
    folder = with_subproject(work)
    out, said = build(work, folder, '--wrap-mode=forcefallback')
    check('modules in ' + out in said, said)
    inner = os.path.join(out, 'subprojects', 'libev-suite')
    check(not os.path.exists(os.path.join(inner, 'tests', 'conformance')))
    consume(os.path.join(out, 'consumer'), backend='epoll')
    run(*MESON, 'install', '-C', out, '--no-rebuild', '--quiet')
    libraries = os.path.dirname(next(
        os.path.join(where, name) for where, _, names
        in os.walk(os.path.join(work, 'prefix')) for name in names
        if name == 'libev-core.so.0'))
    consume(os.path.join(work, 'prefix', 'bin', 'consumer'), backend='epoll',
            env={'LD_LIBRARY_PATH': libraries})


def subproject_in_a_static_library(work):
    defaults = "['default_library=static']"
    out, _ = build(work, with_subproject(work, defaults=defaults),
                   '--wrap-mode=forcefallback')
    program = os.path.join(out, 'consumer')
    check(not [n for n in dynamic(program, 'NEEDED') if 'libev' in n])
    consume(program, backend='epoll')


def subproject_of_both_kinds(work):
    """Who asks for the static one gets it."""
    folder = with_subproject(work, how=', static: true',
                             defaults="['default_library=both']")
    out, _ = build(work, folder, '--wrap-mode=forcefallback')
    program = os.path.join(out, 'consumer')
    check(not [n for n in dynamic(program, 'NEEDED') if 'libev' in n])
    consume(program, backend='epoll')


main(installed, installed_static, subproject, subproject_in_a_static_library,
     subproject_of_both_kinds)

#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A program finds the suite with find_package() of CMake."""
import os
import shutil

from installed import (BACKENDS, BUFFER, CONSUMER, HERE, Build, check, consume,
                       dynamic, main, need, plain, run, write)

PROJECT = '''\
cmake_minimum_required(VERSION 3.9)
project(consumer {languages})
find_package(libev-core {asked})
add_executable(consumer {source})
target_link_libraries(consumer PRIVATE {target})
message(STATUS "version ${{libev-core_VERSION}}; modules"
	" ${{libev-core_BACKENDS}} in ${{libev-core_BACKEND_DIR}}")
'''


def configure(work, prefix, asked='REQUIRED', target='libev::core', source=None,
              languages='C', status=0, name='cmake'):
    need('cmake')
    source = shutil.copy(source or CONSUMER, work)
    write(os.path.join(work, 'CMakeLists.txt'),
          PROJECT.format(languages=languages, asked=asked, target=target,
                         source=os.path.basename(source)))
    return run('cmake', '-G', 'Ninja', '-S', work, '-B', os.path.join(work, name),
               f'-DCMAKE_PREFIX_PATH={prefix}', status=status)


def build(work, prefix, **more):
    said = configure(work, prefix, **more)
    folder = os.path.join(work, more.get('name', 'cmake'))
    run('cmake', '--build', folder)
    return os.path.join(folder, 'consumer'), said


def c_program(work):
    need('cmake')
    tree = plain()
    program, said = build(work, tree.prefix)
    check(f'modules {";".join(BACKENDS)} in {tree.modules}' in said, said)
    consume(program)
    needed = dynamic(program, 'NEEDED')
    check('libev-core.so.0' in needed, needed)


def cplusplus_program(work):
    need('cmake', 'c++')
    tree = plain()
    program, _ = build(work, tree.prefix, languages='CXX',
                       asked='REQUIRED COMPONENTS core signal',
                       source=os.path.join(HERE, 'consumer.cpp'))
    consume(program)


def buffer_program(work):
    need('cmake')
    program, _ = build(work, plain().prefix, target='libev::buffer',
                       asked='REQUIRED COMPONENTS buffer', source=BUFFER)
    check(run(program) == 'read: 1 lines\n')


def moved(work):
    need('cmake')
    tree = Build(work).install().moved_to(os.path.join(work, 'elsewhere'))
    program, said = build(work, tree.prefix)
    check(tree.modules in said, said)
    consume(program, backend='epoll')


def static_libraries(work):
    """Alone they are the target; beside shared ones they have names."""
    need('cmake')
    alone = Build(work, '-Ddefault_library=static', name='alone').install()
    program, _ = build(work, alone.prefix)
    check(not [n for n in dynamic(program, 'NEEDED') if 'libev' in n])
    consume(program, backend='epoll')
    both = Build(work, '-Ddefault_library=both', name='both').install()
    program, _ = build(work, both.prefix, target='libev::core-static',
                       name='beside')
    check(not [n for n in dynamic(program, 'NEEDED') if 'libev' in n])
    consume(program, backend='epoll')


def what_does_not_fit_is_refused(work):
    need('cmake')
    tree = Build(work).install()
    version = tree.pc('--modversion', 'libev-core')
    for number, (asked, fits) in enumerate({
            version: True, f'{version} EXACT': True, '0.1': True,
            '99': False, f'{version}.1': False}.items()):
        configure(work, tree.prefix, asked=f'{asked} REQUIRED',
                  status=0 if fits else 1, name=f'version-{number}')
    said = configure(work, tree.prefix, asked='REQUIRED COMPONENTS nonsense',
                     status=1, name='component')
    check('there is no component nonsense' in said, said)
    os.remove(os.path.join(tree.lib, 'libev-signal.so.0'))
    said = configure(work, tree.prefix, status=1, name='missing')
    check('libev-signal.so.0 is missing' in ' '.join(said.split()), said)


main(c_program, cplusplus_program, buffer_program, moved, static_libraries,
     what_does_not_fit_is_refused)

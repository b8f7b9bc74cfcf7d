#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Options do what they say, and what cannot be done is refused with a reason."""
import json
import os

from installed import (BACKENDS, BUILD, CONSUMER, MESON, Build, check,
                       consume, main, need, run, write)

# A system without select(), as far as the compiler can see.
NO_SELECT = '#include_next <sys/select.h>\n#undef FD_SETSIZE\n'


def without_select(work):
    write(os.path.join(work, 'include', 'sys', 'select.h'), NO_SELECT)
    return '-Dc_args=-I' + os.path.join(work, 'include')


def refused(work, *options, number=0):
    return ' '.join(Build(work, *options, name=f'no-{number}',
                          status=1).log.split())


def a_named_backend_that_cannot_be_built(work):
    lacking = without_select(work)
    for number, option in enumerate(('backends', 'builtin_backends')):
        said = refused(work, f'-D{option}=select', lacking, number=number)
        check(f'backend select was asked for with -D{option}' in said, said)
        check('no FD_SETSIZE in <sys/select.h>' in said, said)


def auto_leaves_out_what_cannot_be_built(work):
    build = Build(work, without_select(work))
    line, = [x for x in build.log.splitlines() if 'not here' in x]
    check('select' in line, line)
    tree = build.install()
    left = [name for name in BACKENDS if name != 'select']
    check(sorted(os.listdir(tree.modules)) == sorted(f'{x}.so' for x in left))
    listed = json.loads(run(tree.libev, 'backends', '--json'))
    check([b['name'] for b in listed] == left, listed)


def a_name_that_nobody_knows(work):
    said = refused(work, '-Dbackends=nonsense')
    check('nonsense' in said and 'epoll' in said, said)


def no_backend_at_all(work):
    said = refused(work, '-Dbackends=', '-Dbuiltin_backends=')
    check('no backend is left' in said, said)


def everything_compiled_in(work):
    tree = Build(work, '-Dbackends=', '-Dbuiltin_backends=epoll,poll,select'
                 ).install()
    check(not os.path.exists(os.path.join(tree.lib, 'libev')), 'has modules')
    listed = json.loads(run(tree.libev, 'backends', '--json'))
    check(all(b['kind'] == 'builtin' for b in listed), listed)


def nothing_compiled_in(work):
    tree = Build(work, '-Dbuiltin_backends=').install()
    program = tree.compile(CONSUMER, os.path.join(work, 'program'))
    consume(program, backend='epoll', env=tree.env())
    out = run(program, env=tree.env(LIBEV_BACKEND_PATH='/nonexistent'), status=2)
    check('no backend can be used' in out and '/nonexistent/epoll.so' in out, out)


def features_that_cannot_be_had(work):
    said = refused(work, '-Ddefault_library=static', '-Dlibevent_compat=enabled')
    check('needs shared libraries' in said, said)


def features_that_are_off(work):
    tree = Build(work, '-Dlibevent_compat=disabled', '-Ddocs=disabled').install()
    check(not os.path.exists(tree.compat))
    check(not os.path.exists(os.path.join(tree.bin, 'libev-run')))
    check(not os.path.exists(os.path.join(tree.prefix, 'share')))


def devenv_runs_what_is_not_installed(work):
    """meson devenv: programs find the modules and pkg-config the suite."""
    need('pkg-config')

    def inside(*command):
        return run(*MESON, 'devenv', '-C', BUILD, '--workdir', work, *command)

    listed = json.loads(inside(os.path.join(BUILD, 'tools', 'libev'),
                               'backends', '--json'))
    for backend in listed:
        check(os.path.commonpath([backend['file'], BUILD]) == BUILD, backend)
    folder = inside('pkg-config', '--variable=backenddir', 'libev-core').strip()
    check(os.path.exists(os.path.join(folder, 'epoll.so')), folder)
    program = os.path.join(work, 'program')
    inside('sh', '-c', f'cc -o {program} {CONSUMER} '
           '$(pkg-config --cflags --libs libev-core)')
    check('backend epoll' in inside(program))


def a_program_of_the_build_folder_finds_its_modules(work):
    listed = json.loads(run(os.path.join(BUILD, 'tools', 'libev'), 'backends',
                            '--json'))
    for backend in listed:
        check(backend['kind'] == 'module', backend)
        check(os.path.commonpath([backend['file'], BUILD]) == BUILD, backend)


main(a_named_backend_that_cannot_be_built, auto_leaves_out_what_cannot_be_built,
     a_name_that_nobody_knows, no_backend_at_all, everything_compiled_in,
     nothing_compiled_in, features_that_cannot_be_had, features_that_are_off,
     devenv_runs_what_is_not_installed,
     a_program_of_the_build_folder_finds_its_modules)

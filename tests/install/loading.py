#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Modules are opened when a base is made, from where the tree lies."""
import os

from installed import CONSUMER, HERE, Build, check, consume, main, run, stage

SHOW = {'EVENT_SHOW_METHOD': '1'}


def mapped(tree, work):
    return tree.compile(os.path.join(HERE, 'mapped.c'),
                        os.path.join(work, 'mapped'))


def epoll_is_mapped_once_there_is_a_base(work):
    tree = stage(work)
    program = mapped(tree, work)
    out = run(program, '/epoll.so', env=tree.env())
    check(out == 'before 0, after 1, backend epoll\n', out)
    out = run(program, os.path.join(tree.modules, 'epoll.so'), env=tree.env())
    check('after 1' in out, 'not the installed one:', out)
    out = run(program, '/epoll.so', env=tree.env(LIBEV_BACKENDS='select'))
    check(out == 'before 0, after 0, backend select\n', out)


def the_libraries_are_mapped_from_the_start(work):
    tree = stage(work)
    program = mapped(tree, work)
    for name in 'libev-core.so.0', 'libev-signal.so.0':
        file = os.path.realpath(os.path.join(tree.lib, name))
        out = run(program, file, env=tree.env())
        check(out.startswith('before 1, after 1'), file, out)


def without_modules_the_builtin_poll_serves(work):
    """In a prefix of its own: the folder that was configured is gone, too."""
    tree = Build(work).install()
    program = mapped(tree, work)
    os.rename(os.path.dirname(tree.modules), os.path.join(work, 'away'))
    out = run(program, '/epoll.so', env=tree.env(**SHOW))
    check('before 0, after 0, backend poll\n' in out, out)
    check('method: poll' in out, 'EVENT_SHOW_METHOD says', out)
    consumer = tree.compile(CONSUMER, os.path.join(work, 'consumer'))
    consume(consumer, backend='poll', env=tree.env())


def a_moved_prefix_finds_its_modules(work):
    tree = stage(work)
    program = mapped(tree, work)
    tree = tree.moved_to(os.path.join(work, 'elsewhere'))
    out = run(program, os.path.join(tree.modules, 'epoll.so'),
              env=tree.env(**SHOW))
    check('after 1, backend epoll' in out, out)
    check(tree.modules in out, 'EVENT_SHOW_METHOD says', out)


def a_link_to_the_library_leads_to_its_modules(work):
    tree = stage(work)
    program = mapped(tree, work)
    links = os.path.join(work, 'links')
    os.mkdir(links)
    for name in 'libev-core.so.0', 'libev-signal.so.0':
        os.symlink(os.path.join(tree.lib, name), os.path.join(links, name))
    out = run(program, '/epoll.so', env={'LD_LIBRARY_PATH': links})
    check('after 1, backend epoll' in out, out)


def a_folder_of_ones_own_goes_before(work):
    tree = stage(work)
    program = mapped(tree, work)
    own = os.path.join(work, 'own')
    os.rename(tree.modules, own)
    out = run(program, os.path.join(own, 'epoll.so'),
              env=tree.env(LIBEV_BACKEND_PATH=own))
    check('after 1, backend epoll' in out, out)


main(epoll_is_mapped_once_there_is_a_base,
     the_libraries_are_mapped_from_the_start,
     without_modules_the_builtin_poll_serves,
     a_moved_prefix_finds_its_modules,
     a_link_to_the_library_leads_to_its_modules,
     a_folder_of_ones_own_goes_before)

#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The installed tools: libev, and libev-run for programs of libevent."""
import json
import os
import shutil

from installed import (BACKENDS, BUFFER, CC, CONSUMER, ON_REQUEST, Build, Skip,
                       check, consume, dynamic, main, need, run, stage)


def libev(tree, *words, status=0, **env):
    return run(tree.libev, *words, status=status, env=tree.env(**env))


def backends_as_a_table(work):
    tree = stage(work)
    rows = libev(tree, 'backends').splitlines()[1:]
    names = [row[2:].split()[0] for row in rows if not row.startswith(' ' * 8)]
    check(names == BACKENDS, rows)
    check(rows[0].startswith('* epoll'), rows[0])
    check(os.path.join(tree.modules, 'epoll.so') in rows[0], rows[0])


def backends_as_json(work):
    tree = stage(work)
    listed = json.loads(libev(tree, 'backends', '--json'))
    check([b['name'] for b in listed] == BACKENDS, listed)
    for backend in listed:
        asked = backend['name'] not in ON_REQUEST
        check(backend['usable'] == asked, backend)
        check(backend['kind'] == 'module', backend)
        check((backend['reason'] is None) == asked, backend)
        check(os.path.dirname(backend['file']) == tree.modules, backend)
    check([b['name'] for b in listed if b['picked']] == ['epoll'], listed)


def probe_says_why_not(work):
    tree = Build(work).install()
    check('epoll' in libev(tree, 'backends', '--probe', 'epoll'))
    out = libev(tree, 'backends', '--probe', 'nonsense', status=2)
    check('no backend is called nonsense' in out, out)
    out = libev(tree, 'backends', '--probe', 'epoll', '--json', status=1,
                EVENT_NOEPOLL='1')
    check('EVENT_NO' in json.loads(out)[0]['reason'], out)
    os.remove(os.path.join(tree.modules, 'epoll.so'))
    one, = json.loads(libev(tree, 'backends', '--probe', 'epoll', '--json',
                            status=1))
    check(one['kind'] is None and not one['usable'], one)
    check('No such file' in one['reason'], one)
    one, = json.loads(libev(tree, 'backends', '--probe', 'poll', '--json'))
    check(one['picked'], 'after epoll, poll is next:', one)


def cut(data):
    return data[:len(data) // 2]


def for_another_machine(data):
    return data[:18] + bytes([data[18] ^ 1]) + data[19:]


def what_is_no_module_is_told_in_words(work):
    """And the next backend serves."""
    tree = Build(work).install()
    epoll = os.path.join(tree.modules, 'epoll.so')
    with open(epoll, 'rb') as file:
        sound = file.read()
    with open(os.path.join(tree.modules, 'select.so'), 'rb') as file:
        another = file.read()
    for data, reason in (
            (b'', 'too short'), (b'x' * 1000, 'invalid ELF header'),
            (cut(sound), 'its end is missing'),
            (for_another_machine(sound), 'built for another machine'),
            (another, "its name differs from the file's")):
        with open(epoll, 'wb') as file:
            file.write(data)
        listed = json.loads(libev(tree, 'backends', '--json'))
        one, = [b for b in listed if b['name'] == 'epoll']
        check(not one['usable'] and reason in one['reason'], reason, one)
        check(epoll in one['reason'], one)
        check([b['name'] for b in listed if b['picked']] == ['poll'], listed)
    os.remove(epoll)
    os.mkdir(epoll)
    one, = json.loads(libev(tree, 'backends', '--probe', 'epoll', '--json',
                            status=1))
    check('not a regular file' in one['reason'], one)


def some_are_used_on_request_alone(work):
    tree = stage(work)
    for name in ON_REQUEST:
        one, = [b for b in json.loads(libev(tree, 'backends', '--json'))
                if b['name'] == name]
        check('asked for by name' in one['reason'], one)
        check(one['features'] and not one['picked'], one)
        one, = json.loads(libev(tree, 'backends', '--probe', name, '--json',
                                status=None))
        check(one['usable'] == (one['reason'] is None), one)
        check('asked for' not in (one['reason'] or '') and not one['picked'], one)
        one, = json.loads(libev(tree, 'backends', '--json', status=None,
                                LIBEV_BACKENDS=name))
        check(one['picked'] == one['usable'], one)


def wrong_words_are_usage_errors(work):
    tree = stage(work)
    for words in [], ['nonsense'], ['backends', '--nonsense'], \
            ['backends', '--probe'], ['selftest', 'epoll']:
        check('usage:' in libev(tree, *words, status=2), words)
    check('usage:' in libev(tree, '--help'))
    check(libev(tree, '--version').startswith('libev-suite '))


def for_libevent(work):
    """A program that was built with the system's libevent, and the launcher."""
    tree = stage(work)
    if not os.path.exists(tree.compat):
        raise Skip('built without libevent_compat')
    need('pkg-config')
    program = os.path.join(work, 'program')
    said = run(*CC, '-o', program, CONSUMER, '-levent_core', status=None)
    if not os.path.exists(program):
        raise Skip('libevent-dev is not installed: ' + said.splitlines()[-1])
    needed = dynamic(program, 'NEEDED')
    check('libevent_core-2.1.so.7' in needed, 'linked with', needed)
    return tree, os.path.join(tree.bin, 'libev-run'), program


def libev_run_starts_a_program_of_libevent(work):
    tree, launcher, program = for_libevent(work)
    out = consume(launcher, program, backend='epoll')
    check('libev-run' not in out, out)
    buffers = os.path.join(work, 'buffers')
    run(*CC, '-o', buffers, BUFFER, '-levent_core')
    check(run(launcher, buffers) == 'read: 1 lines\n')
    maps = os.path.join(work, 'maps')
    run(launcher, 'sh', '-c', f'ldd {program} >{maps}')
    libraries = open(maps, encoding='utf-8').read()
    check('libev-1/compat/lib/libevent_core-2.1' in libraries, libraries)


def libev_run_chooses_and_shows_the_backend(work):
    _, launcher, program = for_libevent(work)
    for names, got in ('poll', 'poll'), ('select', 'select'), \
            ('nonsense,select', 'select'):
        out = consume(launcher, '--trace-backend', '--backend', names, program,
                      backend=got)
        check(f'method: {got}' in out, out)
    out = run(launcher, '--backend', 'nonsense', program, status=2)
    check('nonsense' in out, 'no word of the name:', out)


def libev_run_hands_on(work):
    _, launcher, _ = for_libevent(work)
    out = run(launcher, 'sh', '-c', 'printf "[%s]" "$@"; exit 7', 'sh', 'a b',
              '', '--backend', status=7)
    check(out == '[a b][][--backend]', out)
    out = run(launcher, '--', 'sh', '-c', 'echo "$LD_LIBRARY_PATH"',
              env={'LD_LIBRARY_PATH': '/somewhere'})
    check(out.strip().endswith(':/somewhere'), out)
    run(launcher, os.path.join(work, 'missing'), status=127)


def libev_run_says_what_is_wrong(work):
    tree, launcher, program = for_libevent(work)
    for words in [], ['--backend'], ['--nonsense', program]:
        check('usage:' in run(launcher, *words, status=2), words)
    check('usage:' in run(launcher, '--help'))
    shutil.rmtree(tree.compat)
    out = run(launcher, program, status=2)
    check('libevent_compat' in out, out)


def libev_run_through_a_link(work):
    _, launcher, program = for_libevent(work)
    link = os.path.join(work, 'run')
    os.symlink(launcher, link)
    consume(link, program, backend='epoll')


main(backends_as_a_table, backends_as_json, probe_says_why_not,
     what_is_no_module_is_told_in_words, some_are_used_on_request_alone,
     wrong_words_are_usage_errors, libev_run_starts_a_program_of_libevent,
     libev_run_chooses_and_shows_the_backend, libev_run_hands_on,
     libev_run_says_what_is_wrong, libev_run_through_a_link)

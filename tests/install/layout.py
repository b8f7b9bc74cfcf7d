#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What is installed where, under which tag, and what must not be in it."""
import json
import os
import re
import shutil

from installed import (BUILD, CC, CONSUMER, MESON, SOURCE, Build, check,
                       consume, dynamic, files_below, main, need, plain, run,
                       stage)

TAGS = {'runtime', 'devel', 'tools', 'compat', 'man', 'doc'}


def names(folder):
    return {os.path.relpath(path, folder) for path in files_below(folder)}


def is_elf(path):
    with open(path, 'rb') as file:
        return file.read(4) == b'\x7fELF'


def every_file_has_a_tag(work):
    plan = json.loads(run(*MESON, 'introspect', '--install-plan', BUILD))
    for kind, files in plan.items():
        for source, entry in files.items():
            check(entry['tag'] in TAGS, kind, source, 'has tag', entry['tag'])


def runtime_alone_runs(work):
    """Libraries and modules, no more: what a program needs at run time."""
    whole = stage(work, name='whole')
    program = whole.compile(CONSUMER, os.path.join(work, 'program'))
    shutil.rmtree(whole.prefix)
    tree = stage(work, '--tags', 'runtime', name='runtime')
    consume(program, backend='epoll', env=tree.env())
    there = names(tree.lib)
    check({'libev-core.so.0', 'libev-signal.so.0', 'libev-buffer.so.0'} <= there,
          there)
    check(not [n for n in there if n.endswith(('.pc', '.a', '.cmake', '.h'))
               or re.fullmatch(r'lib[^/]*\.so', n)], there)
    check(names(tree.prefix) ==
          {os.path.relpath(os.path.join(tree.lib, n), tree.prefix)
           for n in there}, 'more than libraries')


def tags_share_nothing_and_leave_nothing(work):
    whole = stage(work, name='whole')
    left = names(whole.prefix)
    for tag in sorted(TAGS):
        part = stage(work, '--tags', tag, name=tag)
        mine = names(part.prefix)
        check(mine <= left, tag, 'repeats', mine - left)
        left -= mine
    check(not left, 'under no tag:', left)


def devel_builds_against_runtime(work):
    tree = stage(work, '--tags', 'runtime,devel')
    consume(tree.compile(CONSUMER, os.path.join(work, 'program')),
            env=tree.env())


def every_header_stands_alone(work):
    tree = stage(work)
    found = 0
    for path in sorted(files_below(tree.include)):
        found += 1
        header = os.path.relpath(path, tree.include)
        source = os.path.join(work, 'header.c')
        with open(source, 'w', encoding='utf-8') as file:
            file.write(f'#include <{header}>\n#include <{header}>\n'
                       'int main(void)\n{\n\treturn 0;\n}\n')
        run(*CC, '-std=c11', '-Wall', '-Wextra', '-Wpedantic', '-Werror',
            '-fsyntax-only', '-I', tree.include, source)
    missing = set()
    for library in 'libev-core', 'libev-buffer':
        missing |= names(os.path.join(SOURCE, library, 'include'))
    missing -= names(tree.include)
    check(found > 15 and missing == {'libev-abi/sys.h'}, 'missing:', missing)


def libraries_and_tools(tree):
    return [tree.libev] + [os.path.join(tree.lib, name)
                           for name in os.listdir(tree.lib) if '.so.' in name]


def sonames_and_search_paths(work):
    """In a system's folder no search path; in a prefix of its own, $ORIGIN."""
    system, own = stage(work), plain()
    if system.options['prefix'] in ('/usr', '/usr/local'):
        for path in libraries_and_tools(system):
            check(not dynamic(path, 'RUNPATH'), path)
    for name in 'libev-core', 'libev-signal', 'libev-buffer':
        path = os.path.join(own.lib, name + '.so')
        check(dynamic(path, 'SONAME') == [name + '.so.0'], path)
    for path in files_below(own.prefix):
        if is_elf(path):
            for folder in dynamic(path, 'RUNPATH'):
                check(folder.startswith('$ORIGIN'), path, folder)
            check(not dynamic(path, 'RPATH'), path)
    for name in os.listdir(own.modules):
        path = os.path.join(own.modules, name)
        check(not dynamic(path, 'SONAME'), 'a module bears a soname:', path)
        check(not dynamic(path, 'RUNPATH'), path)
    json.loads(run(own.libev, 'backends', '--json'))  # finds its libraries


def no_path_of_the_build_is_in_a_file(work):
    """Debugging information aside, which names the sources on purpose."""
    need('strip')
    tree = stage(work)
    for path in files_below(tree.prefix):
        if is_elf(path) or path.endswith('.a'):
            run('strip', '--strip-debug', path)
        data = open(path, 'rb').read()
        for folder in os.path.realpath(BUILD), os.path.realpath(SOURCE):
            named = re.search(rb'(?<![\w.-])' + re.escape(folder.encode())
                              + rb'(?![\w-])', data)
            check(not named, path, 'names', folder)


def guides_are_installed(work):
    tree = stage(work)
    folder = os.path.join(tree.prefix, tree.options['datadir'], 'doc',
                          'libev-suite')
    if not os.path.exists(folder):
        return
    for name in sorted(os.listdir(os.path.join(SOURCE, 'docs'))):
        if name.endswith('.md'):
            check(os.path.exists(os.path.join(folder, 'docs', name)), name)


def manual_pages_are_installed(work):
    tree = stage(work)
    folder = os.path.join(tree.prefix, tree.options['mandir'])
    if not os.path.exists(folder):
        return
    pages = set(os.listdir(os.path.join(SOURCE, 'docs', 'man')))
    if not os.path.exists(os.path.join(tree.bin, 'libev-run')):
        pages.remove('libev-run.1')
    check({os.path.basename(path) for path in files_below(folder)} == pages)
    for page in pages:
        check(os.path.exists(os.path.join(folder, f'man{page[-1]}', page)),
              page)


def absolute_folders(work):
    """As some distributions have it: every folder given by its full name."""
    at = {name: os.path.join(work, name) for name in ('libs', 'headers', 'bins')}
    build = Build(work, f'--libdir={at["libs"]}', f'--includedir={at["headers"]}',
                  f'--bindir={at["bins"]}')
    tree = build.install()
    program = tree.compile(CONSUMER, os.path.join(work, 'program'))
    consume(program, backend='epoll', env=tree.env())
    check(tree.pc('--variable=backenddir', 'libev-core') == tree.modules)
    launcher = os.path.join(tree.bin, 'libev-run')
    if os.path.exists(launcher):
        out = run(launcher, 'sh', '-c', 'echo "$LD_LIBRARY_PATH"')
        for folder in out.strip().split(':'):
            check(os.path.isdir(folder), folder)
    config = open(os.path.join(tree.lib, 'cmake', 'libev-core',
                               'libev-coreConfig.cmake'), encoding='utf-8').read()
    check(f'"{at["headers"]}/libev-1"' in config, config)


main(every_file_has_a_tag, runtime_alone_runs,
     tags_share_nothing_and_leave_nothing, devel_builds_against_runtime,
     every_header_stands_alone, sonames_and_search_paths,
     no_path_of_the_build_is_in_a_file, guides_are_installed,
     manual_pages_are_installed, absolute_folders)

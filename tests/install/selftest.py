#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The conformance suite, installed, tries a backend from outside the tree."""
import os
import re
import shutil
import tempfile

from installed import (MESON, SOURCE, Build, Tree, check, main, need, plain,
                       run, write)

TEMPLATE = os.path.join(SOURCE, 'examples', 'backend-template')
TESTED = ['-Dinstalled_tests=true', '-Dtests=enabled',
          '-Dlibevent_compat=disabled']


def tree_with_tests():
    """One for all cases, which change nothing in it."""
    if not hasattr(tree_with_tests, 'tree'):
        tree_with_tests.work = tempfile.TemporaryDirectory(
            prefix='libev-install-')
        work = os.path.realpath(tree_with_tests.work.name)
        tree_with_tests.tree = Build(work, *TESTED).install()
    return tree_with_tests.tree


def build_template(work, tree):
    """Only the template's folder and what is installed."""
    need('pkg-config')
    source = shutil.copytree(TEMPLATE, os.path.join(work, 'template'))
    out = os.path.join(work, 'out')
    run(*MESON, 'setup', out, source, '-Dwerror=true', f'--prefix={work}/p',
        env={'PKG_CONFIG_LIBDIR': tree.pkgconfig})
    run(*MESON, 'compile', '-C', out)
    return out


def selftest(tree, *words, status=0, **env):
    return run(tree.libev, 'selftest', *words, status=status,
               env=tree.env(**env))


def template_passes(work):
    tree = tree_with_tests()
    folder = build_template(work, tree)
    out = selftest(tree, '--backend', 'plain', LIBEV_BACKEND_PATH=folder)
    check('1..8' in out and 'not ok' not in out, out)
    for done, of in re.findall(r', (\d+) of (\d+)$', out, re.M):
        check(done == of and int(done) > 0, out)


def template_is_refused_where_it_fails(work):
    """A contract that is broken on purpose is noticed."""
    tree = tree_with_tests()
    folder = build_template(work, tree)
    source = os.path.join(work, 'template', 'plain.c')
    with open(source, encoding='utf-8') as file:
        text = file.read()
    broken = text.replace('= EV_CAN_ANY_FD,', '= EV_CAN_ANY_FD | EV_CAN_EDGE,')
    check(broken != text, 'the template has changed: break it anew')
    write(source, broken)
    run(*MESON, 'compile', '-C', folder)
    out = selftest(tree, '--backend', 'plain', status=1,
                   LIBEV_BACKEND_PATH=folder)
    check('not ok 3 - plain: waiting' in out, out)


def tests_move_along(work):
    tree = tree_with_tests()
    prefix = shutil.copytree(tree.prefix, os.path.join(work, 'elsewhere'))
    tree = Tree(prefix, tree.options)
    out = selftest(tree, '--backend', 'nonsense', status=2)
    check('nonsense' in out and '1..0' in out, out)


def without_tests_it_says_so(work):
    out = selftest(plain(), status=2)
    check('installed_tests' in out, out)


main(template_passes, template_is_refused_where_it_fails, tests_move_along,
     without_tests_it_says_so)

# SPDX-License-Identifier: BSD-3-Clause
"""What the tests of an installed suite share: trees, commands, TAP.

A tree is a prefix with the suite in it.  stage() installs the build under test
below a folder of its own, as a packager would; a Build is a small one of its
own, for other options.  Every test program works in a temporary folder, so any
number of them may run at once.
"""
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.environ['LIBEV_TEST_SOURCE']
BUILD = os.environ['LIBEV_TEST_BUILD']
MESON = shlex.split(os.environ.get('LIBEV_TEST_MESON', 'meson'))
BACKENDS = os.environ['LIBEV_TEST_BACKENDS'].split()
ON_REQUEST = [name for name in BACKENDS if name == 'io_uring']
CC = shlex.split(os.environ.get('CC', 'cc'))
# Fewer things to build, and quickly: what is tested is where they end up.
SMALL = ['-Dtests=disabled', '-Dexamples=disabled', '-Doptimization=0',
         '-Ddebug=false']

# What the machine has of this kind is not what is tested.
FOREIGN = ('LD_LIBRARY_PATH', 'PKG_CONFIG_PATH', 'PKG_CONFIG_LIBDIR',
           'PKG_CONFIG_SYSROOT_DIR', 'CMAKE_PREFIX_PATH', 'DESTDIR', 'CFLAGS',
           'LDFLAGS', 'MAKEFLAGS', 'LIBEV_BACKENDS', 'LIBEV_BACKEND_PATH',
           'LIBEV_SIGNALS', 'EVENT_SHOW_METHOD')


class Skip(Exception):
    """This cannot be tried here; the text says why."""


class Failure(Exception):
    """What was promised does not hold; the text says what."""


def check(truth, *why):
    if not truth:
        raise Failure(' '.join(str(part) for part in why))


def need(*tools):
    for tool in tools:
        if not shutil.which(tool):
            raise Skip(f'{tool} is not installed')


def run(*command, status=0, env=None, **more):
    """Run a command; its output, both streams, if it ends with STATUS."""
    clean = {k: v for k, v in os.environ.items() if k not in FOREIGN}
    done = subprocess.run([str(word) for word in command], text=True,
                          env={**clean, 'LC_ALL': 'C', **(env or {})},
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, **more)
    if status is not None and done.returncode != status:
        raise Failure(f'{shlex.join(map(str, command))} ended with '
                      f'{done.returncode}:\n{done.stdout[-4000:]}')
    return done.stdout


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)
    return path


def files_below(folder):
    for where, _, names in os.walk(folder):
        for name in names:
            yield os.path.join(where, name)


class Tree:
    """A prefix with the suite in it."""

    def __init__(self, prefix, options):
        self.prefix = prefix
        self.options = options
        self.bin = os.path.join(prefix, options['bindir'])
        self.lib = os.path.join(prefix, options['libdir'])
        self.include = os.path.join(prefix, options['includedir'], 'libev-1')
        self.pkgconfig = os.path.join(self.lib, 'pkgconfig')
        self.compat = os.path.join(self.lib, 'libev-1', 'compat')
        self.libev = os.path.join(self.bin, 'libev')

    @property
    def modules(self):
        folder = os.path.join(self.lib, 'libev')
        return os.path.join(folder, os.listdir(folder)[0])

    def env(self, **more):
        """For programs that were linked with what is here."""
        return {'LD_LIBRARY_PATH': self.lib, **more}

    def pc(self, *words, **more):
        need('pkg-config')
        return run('pkg-config', *words, **more,
                   env={'PKG_CONFIG_LIBDIR': self.pkgconfig}).strip()

    def compile(self, source, output, *words):
        """A program that was told no more than where the tree is."""
        run(*CC, '-o', output, source, *words, '-I', self.include,
            '-L', self.lib, '-lev-core', '-lev-signal')
        return output

    def moved_to(self, prefix):
        os.rename(self.prefix, prefix)
        return Tree(prefix, self.options)


def options_of(build):
    listed = json.loads(run(*MESON, 'introspect', '--buildoptions', build))
    return {option['name']: option['value'] for option in listed}


def stage(work, *words, name='stage'):
    """Install the build under test; WORDS are further ones for Meson."""
    folder = os.path.join(work, name)
    run(*MESON, 'install', '-C', BUILD, '--no-rebuild', '--quiet',
        '--destdir', folder, *words)
    options = options_of(BUILD)
    return Tree(folder + options['prefix'], options)


class Build:
    """A build of its own, with its own prefix."""

    def __init__(self, work, *options, name='build', env=None, status=0):
        self.folder = os.path.join(work, name)
        self.prefix = os.path.join(work, name + '-prefix')
        self.log = run(*MESON, 'setup', self.folder, SOURCE, *SMALL,
                       f'--prefix={self.prefix}', *options, env=env,
                       status=status)

    def install(self, *words):
        run(*MESON, 'compile', '-C', self.folder, '-j', 2)
        run(*MESON, 'install', '-C', self.folder, '--no-rebuild', '--quiet',
            *words)
        return Tree(self.prefix, options_of(self.folder))


def plain():
    """A prefix with the defaults, for cases that change nothing in it."""
    if not hasattr(plain, 'tree'):
        plain.work = tempfile.TemporaryDirectory(prefix='libev-install-')
        plain.tree = Build(os.path.realpath(plain.work.name)).install()
    return plain.tree


CONSUMER = os.path.join(HERE, 'consumer.c')
BUFFER = os.path.join(HERE, 'buffer.c')


def consume(*command, backend=None, env=None):
    """Run a consumer; it says what it used and saw."""
    out = run(*command, env=env)
    check('timers 3, bytes 5, signals 1' in out, 'the program says', out)
    if backend:
        check(f'backend {backend}\n' in out, f'not on {backend}:', out)
    return out


def dynamic(path, tag):
    """The values of one kind of entry in an ELF file's dynamic section."""
    need('readelf')
    lines = run('readelf', '-dW', path).splitlines()
    return [line.split('[')[1].rstrip(']') for line in lines
            if f'({tag})' in line]


def main(*cases):
    """Run each case in a folder of its own and tell the results in TAP."""
    print(f'1..{len(cases)}', flush=True)
    for number, case in enumerate(cases, 1):
        name = case.__name__
        with tempfile.TemporaryDirectory(prefix='libev-install-') as work:
            try:
                case(os.path.realpath(work))
                print(f'ok {number} - {name}')
            except Skip as why:
                print(f'ok {number} - {name} # SKIP {why}')
            except Exception as why:  # a test program always ends its report
                for line in f'{type(why).__name__}: {why}'.splitlines():
                    print(f'# {line}')
                print(f'not ok {number} - {name}')
        sys.stdout.flush()

# SPDX-License-Identifier: BSD-3-Clause
"""Break one rule at a time, and see whether a test notices.

usage: mutate.py BUILDS JOBS [NAME...]

A mutant is a place in the source that is put otherwise, the rule that this
breaks, and the tests that have to fail.  They stand in *.mutants beside this
file:

    name: the rule, in words
        in FILE
        - what stands there, in one place only; spaces and lines as they come
        + what stands there instead; nothing, if this line is missing
        by BUILD/TEST[:FILTER] ...

BUILD is release, or seams (-Dtest_seams=true); TEST is one of Meson's;
FILTER goes to LIBEV_TEST_FILTER.  Tests are run in the order of their names
here until one fails.

The tree itself is never touched: everything happens in a copy, in
BUILDS/mutate, which is kept, so that the next time little is compiled.
Without a mutant every test has to pass.  NAME is a mutant's, or the beginning
of some.
"""
import filecmp
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
OPTIONS = {
    'release': [],
    'seams': ['-Dtest_seams=true'],
}
COMMON = ['-Dtests=enabled', '-Dexamples=disabled', '-Ddocs=disabled',
          '-Dlibevent_compat=disabled']
TEST_SECONDS = 60

# What hangs is not waited for as long as in other runs.
SETTINGS = {'LIBEV_TEST_SEED': '1', 'CK_TIMEOUT_MULTIPLIER': '0.2'}
MODEL_STEPS = '300000'


class Mutant:
    def __init__(self, name, rule, place):
        self.name, self.rule, self.place = name, rule, place
        self.file, self.old, self.new, self.tests = '', [], [], []

    def apply(self, text):
        """The text with the mutation, or None if it fits in no one place."""
        parts = [re.escape(word) for word in ' '.join(self.old).split()]
        found = list(re.finditer(r'\s+'.join(parts), text))
        if len(found) != 1 or not parts:
            return None
        start, end = found[0].span()
        return text[:start] + '\n'.join(self.new) + text[end:]

    def module(self):
        """The one module that it is in; None: it is not, or in all."""
        found = re.fullmatch(r'libev-backends/(\w+)\.c', self.file)
        return found and found[1]


def read_mutants(path):
    mutants = []
    for number, line in enumerate(open(path), 1):
        word, _, rest = line.strip().partition(' ')
        place = f'{os.path.basename(path)}:{number}'
        if not line.strip() or line.startswith('#'):
            continue
        if not line[0].isspace():
            name, _, rule = line.partition(':')
            mutants.append(Mutant(name, rule.strip(), place))
        elif word == 'in':
            mutants[-1].file = rest
        elif word == '-':
            mutants[-1].old.append(rest)
        elif word == '+':
            mutants[-1].new.append(rest)
        elif word == 'by':
            mutants[-1].tests += rest.split()
        else:
            sys.exit(f'{place}: what is "{word}"?')
    return mutants


def all_mutants():
    mutants = []
    for name in sorted(os.listdir(HERE)):
        if name.endswith('.mutants'):
            mutants += read_mutants(os.path.join(HERE, name))
    names = [mutant.name for mutant in mutants]
    for mutant in mutants:
        if names.count(mutant.name) > 1 or not mutant.file or not mutant.tests:
            sys.exit(f'{mutant.place}: {mutant.name} is not complete, '
                     'or there are two')
    return mutants


# --- the copy ----------------------------------------------------------------

def copy_tree(to):
    """Make TO what the tree is; what is the same keeps its time."""
    names = subprocess.run(
        ['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'],
        cwd=ROOT, check=True, capture_output=True, text=True).stdout
    wanted = set()
    for name in names.split('\0'):
        source, target = os.path.join(ROOT, name), os.path.join(to, name)
        if not name or not os.path.isfile(source):
            continue
        wanted.add(target)
        if os.path.isfile(target) and filecmp.cmp(source, target, False):
            continue
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copy(source, target)
    for folder, _, files in os.walk(to):
        for name in files:
            if os.path.join(folder, name) not in wanted:
                os.remove(os.path.join(folder, name))


class Build:
    """A build folder of the copy, and the tests that Meson knows there."""

    def __init__(self, name, builds, tree, jobs):
        self.name, self.jobs = name, jobs
        self.folder = os.path.join(builds, name)
        if not os.path.exists(os.path.join(self.folder, 'build.ninja')):
            self.call(['meson', 'setup', self.folder, tree] + COMMON +
                      OPTIONS[name])
        self.compile(['build.ninja'])
        self.tests = {test['name']: test for test in self.look('--tests')}
        self.files = {
            target['id']: [os.path.relpath(f, self.folder)
                           for f in target['filename']]
            for target in self.look('--targets')}

    @staticmethod
    def call(command):
        done = subprocess.run(command, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            sys.exit(f'{" ".join(command)}:\n{done.stdout[-4000:]}')

    def look(self, what):
        return json.loads(subprocess.run(
            ['meson', 'introspect', self.folder, what],
            check=True, capture_output=True, text=True).stdout)

    def targets(self, test):
        return [file for id in self.tests[test]['depends']
                for file in self.files[id]]

    def compile(self, targets):
        """What the compiler has against it; '' if nothing."""
        done = subprocess.run(
            ['ninja', '-C', self.folder, f'-j{self.jobs}'] + targets,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.stdout[-2000:] if done.returncode else ''

    def environment(self, test, wanted, module):
        env = dict(os.environ, **SETTINGS)
        env.update(self.tests[test]['env'])
        if test.startswith('model-'):
            env['LIBEV_TEST_STEPS'] = MODEL_STEPS
        if wanted:
            env['LIBEV_TEST_FILTER'] = wanted
        if module:
            env['LIBEV_TEST_MODULE'] = os.path.join(
                env['LIBEV_BACKEND_PATH'], f'{module}.so')
        return env

    def run(self, test, wanted, module):
        """The first thing that WANTED of TEST fails at; '' if nothing."""
        process = subprocess.Popen(
            self.tests[test]['cmd'], cwd=self.folder, text=True,
            env=self.environment(test, wanted, module), errors='replace',
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL, start_new_session=True)
        try:
            output, _ = process.communicate(timeout=TEST_SECONDS)
        except subprocess.TimeoutExpired:
            return f'no end within {TEST_SECONDS} s'
        finally:
            end_session(process)
        return verdict(output, process.returncode)


def end_session(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def verdict(output, status):
    for line in output.splitlines():
        if line.startswith('not ok'):
            return line.split(' - ', 1)[-1].split('/')[-1]
    if status:
        return f'status {status}'
    return '' if re.search(r'^ok ', output, re.M) else 'no test was run'


# --- one after the other -----------------------------------------------------

class Mutation:
    def __init__(self, builds, jobs):
        self.builds, self.jobs, self.made = builds, jobs, {}
        self.tree = os.path.join(builds, 'tree')
        os.makedirs(self.tree, exist_ok=True)
        copy_tree(self.tree)

    def test(self, where, module=None):
        """Compile and run BUILD/TEST[:FILTER]; what fails, or ''.

        With MODULE, tests of modules try that one alone.
        """
        name, _, wanted = where.partition(':')
        build_name, _, test = name.partition('/')
        if build_name not in OPTIONS:
            sys.exit(f'{where}: there is no build {build_name}')
        if build_name not in self.made:
            self.made[build_name] = Build(
                build_name, self.builds, self.tree, self.jobs)
        build = self.made[build_name]
        if test not in build.tests:
            sys.exit(f'{where}: there is no test {test}')
        trouble = build.compile(build.targets(test))
        if trouble:
            raise CannotCompile(trouble)
        return build.run(test, wanted,
                         module if test.startswith('backend_') else None)

    def check_clean(self, mutants):
        """Of the tests that are needed, those that fail without a mutant."""
        failed = []
        for where in sorted({t for m in mutants for t in m.tests}):
            fault = self.test(where)
            if fault:
                failed.append(where)
                print(f'fails as it is: {where}: {fault}', flush=True)
        return failed

    def try_one(self, mutant):
        """How it ended, and the test or the reason."""
        path = os.path.join(self.tree, mutant.file)
        text = open(path).read() if os.path.exists(path) else ''
        changed = mutant.apply(text)
        if changed is None:
            return 'does not apply', mutant.place
        try:
            open(path, 'w').write(changed)
            for where in mutant.tests:
                fault = self.test(where, mutant.module())
                if fault:
                    return 'caught', f'{where}: {fault}'
            return 'SURVIVED', ' '.join(mutant.tests)
        except CannotCompile as trouble:
            return 'does not compile', str(trouble)
        finally:
            open(path, 'w').write(text)


class CannotCompile(Exception):
    pass


def choose(mutants, names):
    if not names:
        return mutants
    for name in names:
        if not any(mutant.name.startswith(name) for mutant in mutants):
            sys.exit(f'no mutant is called {name}')
    return [mutant for mutant in mutants
            if any(mutant.name.startswith(name) for name in names)]


def main(builds, jobs, *names):
    began = time.monotonic()
    mutants = choose(all_mutants(), names)
    mutation = Mutation(os.path.join(os.path.abspath(builds), 'mutate'), jobs)
    failed = mutation.check_clean(mutants)
    print(f'1..{len(mutants)}', flush=True)
    missed = 0
    for number, mutant in enumerate(mutants, 1):
        outcome, detail = mutation.try_one(mutant)
        missed += outcome != 'caught'
        print(f'{"ok" if outcome == "caught" else "not ok"} {number} - '
              f'{mutant.name}: {outcome}: {detail}', flush=True)
        if outcome != 'caught':
            print(f'#   {mutant.rule} ({mutant.place})', flush=True)
    print(f'# {len(mutants) - missed} of {len(mutants)} mutants caught in '
          f'{time.monotonic() - began:.0f} s', flush=True)
    return 1 if missed or failed else 0


if __name__ == '__main__':
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))

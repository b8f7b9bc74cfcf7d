# SPDX-License-Identifier: BSD-3-Clause
"""usage: manual.py [-c COMPILER-WORD]... ENVIRONMENT.md HEADER... PAGE...

The manual pages are true:

- prototypes in a synopsis agree with the headers that it names;
- functions and constants that a page mentions are declared;
- each function that a HEADER declares stands in some synopsis;
- the variables are those of ENVIRONMENT.md;
- what stands as C builds, by itself or as part of a program.
"""
import argparse
import os
import re
import shlex
import sys
import tempfile

from snippets import PARTS, compile_text, fault

EXPORTED = re.compile(r'EVENT2_EXPORT_SYMBOL[^;{]*?\b(\w+)\s*\(')
MACROS = ('Fn', 'Ft', 'In', 'Dv')


def lines_of(page):
    """Macro and arguments of each line that begins with one of MACROS."""
    for line in page.splitlines():
        if line.startswith('.') and line[1:3] in MACROS:
            yield line[1:3], shlex.split(line[3:])


def prototypes(page):
    """C that includes what the synopsis includes and declares it again."""
    synopsis = page[page.index('.Sh SYNOPSIS'):page.index('.Sh DESCRIPTION')]
    code, kind = '#include <stdio.h>\n', None
    for macro, words in lines_of(synopsis):
        if macro == 'In':
            code += f'#include <{words[0]}>\n'
        elif macro == 'Ft':
            kind = ' '.join(words)
        elif macro == 'Fn':
            code += f'{kind} {words[0]}({", ".join(words[1:])});\n'
            yield words[0]
    yield code + 'int main(void) { return 0; }\n'


def mentions(page):
    """C that uses every function and constant, macros only by their names."""
    names = {words[0] for macro, words in lines_of(page)
             if macro in ('Fn', 'Dv')}
    uses = ''.join(f'#ifndef {n}\n(void)({n});\n#endif\n' for n in sorted(names))
    return PARTS + uses + '}\nint main(void) { return 0; }\n'


def literals(page):
    for code in re.findall(r'^\.Bd -literal.*?\n(.*?)^\.Ed', page, re.S | re.M):
        yield code.replace('\\e', '\\')


def variables(page):
    return {name for line in page.splitlines()
            for name in re.findall(r'[A-Z]+(?:_[A-Z]+)+', line)
            if re.match(r'\.(It )?Ev ', line)}


def variables_of_guide(path):
    text = open(path, encoding='utf-8').read()
    names = set(re.findall(r'`((?:LIBEV|EVENT)_[A-Z_]+)`', text))
    return {n for n in names if not n.startswith(('LIBEV_TEST', 'EVENT_BASE'))}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('-c', action='append', dest='compiler')
    parser.add_argument('environment')
    parser.add_argument('files', nargs='+')
    args = parser.parse_args()
    headers = [f for f in args.files if f.endswith('.h')]
    pages = [f for f in args.files if not f.endswith('.h')]
    wrong, shown, named = [], set(), set()
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, 'program')

        def build(path, code):
            told = compile_text(args.compiler, code, program)
            if told:
                wrong.append(f'{path}:\n{told}')

        for path in pages:
            page = open(path, encoding='utf-8').read()
            if '.Ft' in page:
                *names, code = prototypes(page)
                shown.update(names)
                build(path, code)
            build(path, mentions(page))
            for code in literals(page):
                told = fault(code, '', '', args.compiler, program)
                if told:
                    wrong.append(f'{path}:\n{told}')
            named |= variables(page)
    for path in headers:
        for name in EXPORTED.findall(open(path, encoding='utf-8').read()):
            if name not in shown:
                wrong.append(f'{path}: {name} is in no synopsis')
    known = variables_of_guide(args.environment)
    wrong += [f'{name}: in no page' for name in sorted(known - named)]
    wrong += [f'{name}: not in {args.environment}' for name in
              sorted(named - known - {'LD_LIBRARY_PATH'})]
    sys.exit('\n'.join(wrong) or 0)


main()

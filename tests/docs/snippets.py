# SPDX-License-Identifier: BSD-3-Clause
"""usage: snippets.py [-c COMPILER-WORD]... FILE...
       snippets.py --run INPUT OUTPUT [-c COMPILER-WORD]... FILE.md

The C of the guides is true.  A program (FILE.c) builds by hand.  Of each ```c block, one of three must hold:

- it has a main(), and builds as it stands, without a warning;
- its section says "From [name](file.c)", and that file has the block word for
  word ("..." in a line of its own stands for lines left out);
- it builds as a part of a program: in a function that has what PARTS declares,
  or, if it defines functions, by itself.

With --run the whole program of FILE.md, given INPUT, prints OUTPUT.
"""
import argparse
import os
import re
import shlex
import subprocess
import sys
import tempfile

INCLUDES = '''
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/ext_backend.h>
#include <event2/ext_bufferevent.h>
#include <event2/ext_inspect.h>
#include <event2/ext_loop.h>
#include <event2/thread.h>
'''
PARTS = INCLUDES + '''
static inline void
part(struct event_base *base, struct event_config *cfg, struct event *ev,
	struct event *readable, struct event *writable, evutil_socket_t fd,
	event_callback_fn on_event, void *arg, char *bytes,
	size_t length, struct bufferevent *bev, struct bufferevent *source,
	bufferevent_data_cb on_read, bufferevent_event_cb on_bev_event,
	const struct sockaddr *address, int socklen)
{
	(void)base, (void)cfg, (void)ev, (void)readable, (void)writable;
	(void)fd, (void)on_event, (void)arg, (void)bytes, (void)length;
	(void)bev, (void)source, (void)on_read, (void)on_bev_event;
	(void)address, (void)socklen;
'''


def blocks(text):
    """Each C block: its line, its code, its section up to there."""
    before, fence, code, start = [], None, [], 0
    for number, line in enumerate(text.splitlines(), 1):
        if fence is None and line.startswith('```'):
            fence, code, start = line[3:].strip(), [], number + 1
        elif fence is not None and line.startswith('```'):
            if fence == 'c':
                yield start, '\n'.join(code) + '\n', '\n'.join(before)
            fence = None
        elif fence is not None:
            code.append(line)
        else:
            before = [] if line.startswith('#') else before + [line]
    if fence is not None:
        sys.exit('a block without an end')


def compile_text(compiler, code, program):
    source = program + '.c'
    with open(source, 'w', encoding='utf-8') as file:
        file.write(code)
    return compile_file(compiler, source, program)


def compile_file(compiler, source, program):
    """What the compiler says against it; nothing if it is right."""
    ran = subprocess.run([*compiler[:1], '-o', program, source,
                          *compiler[1:]], text=True, timeout=120,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return ran.stdout if ran.returncode or ran.stdout.strip() else ''


def quoted_from(before, folder):
    link = re.search(r'^From \[[^]]*\]\(([^)]+)\)', before, re.MULTILINE)
    return os.path.normpath(os.path.join(folder, link[1])) if link else None


def is_quotation(code, path):
    """Its pieces are in the file, in order."""
    with open(path, encoding='utf-8') as file:
        rest = file.read()
    for piece in re.split(r'^[ \t]*\.\.\.\n', code, flags=re.MULTILINE):
        if piece not in rest:
            return False
        rest = rest.split(piece, 1)[1]
    return True


def fault(code, before, folder, compiler, program):
    """What is wrong with a block; nothing if it is right."""
    if re.search(r'^main\(', code, re.MULTILINE):
        return compile_text(compiler, code, program)
    path = quoted_from(before, folder)
    if path:
        return '' if is_quotation(code, path) else f'not so in {path}\n'
    whole = re.search(r'^\w+\(.*\)$\n\{', code, re.MULTILINE)
    code = INCLUDES + code if whole else PARTS + code + '}\n'
    return compile_text(compiler, code + 'int main(void) { return 0; }\n',
                     program)


def run(program, given, wanted):
    ran = subprocess.run([program], input=given, text=True, timeout=60,
                         stdout=subprocess.PIPE)
    if ran.returncode or ran.stdout != wanted:
        return f'status {ran.returncode}, printed {ran.stdout!r}\n'
    return ''


def check(path, compiler, program, example):
    """Yields the line of each thing to check, and what is wrong with it."""
    if path.endswith('.c'):
        yield 1, compile_file(compiler, path, program)
        return
    with open(path, encoding='utf-8') as file:
        text = file.read()
    for line, code, before in blocks(text):
        error = fault(code, before, os.path.dirname(path), compiler, program)
        if example and not error:
            error = run(program, *(word.encode().decode('unicode_escape')
                                   for word in example))
        yield line, error


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('-c', dest='compiler', action='append')
    parser.add_argument('--run', nargs=2)
    parser.add_argument('files', nargs='+')
    args = parser.parse_args()
    found = wrong = 0
    with tempfile.TemporaryDirectory() as scratch:
        program = os.path.join(scratch, 'program')
        for path in args.files:
            for line, error in check(path, args.compiler, program, args.run):
                found += 1
                wrong += bool(error)
                if error:
                    print(f'{path}:{line}: {error}')
    print(f'{found} checked, {wrong} wrong:', shlex.join(args.compiler))
    sys.exit(wrong > 0 or found == 0)


if __name__ == '__main__':
    main()

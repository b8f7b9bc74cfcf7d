#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Write the parts of this tree that another minor of its seams would change.

usage: variant.py older|newer SOURCE OUTDIR DEPFILE OUTPUT MODULE...

older   the backend seam as it was in 1.0: explain() has not been thought of
newer   every seam with one member more, and both sides make use of it

OUTDIR gets the headers in libev-abi/, and the sources that differ.  All else is
compiled as it is in the tree, with these headers.  variant.h is written last,
and empty: what is included everywhere, so that a change of the tree is noticed.
DEPFILE is for ninja: all that OUTPUT, and what comes with it, was made of.
"""
import os
import re
import shutil
import sys

ABI = 'libev-core/include/libev-abi'
END = '\t/* New members go here'

# Of a module: what it thinks of its host, told when it is opened and asked.
MODULE = r'''
static const char *
remark(const struct ev_host *host)
{
	return EV_ABI_HAS(struct ev_host, host, mood) ? host->mood()
						      : "the host is moodless";
}

static int
open_and_remark(
	const struct ev_host *host, uint32_t options, void **self_out)
{
	host->log(EV_SEV_DEBUG, remark(host));
	return \1(host, options, self_out);
}

EV_ABI_EXPORT'''

# File, what stands there (a pattern), what stands there instead.
OLDER = [
    (f'{ABI}/backend.h', r'(EV_BACKEND_ABI_MINOR) 1\n', r'\1 0\n'),
    (f'{ABI}/backend.h', r'\t/\*\n(?:\t \*[^\n]*\n)+?\t \*/\n'
     r'\tconst char \*\(\*explain\)\(int err\);\n\n', ''),
    ('libev-core/src/backends.c',
     r'\tconst char \*why = [^;]*explain[^;]*;\n\n'
     r'\treturn why \? why : strerror\(-err\);',
     '\t(void)ops;\n\treturn strerror(-err);'),
]

NEWER = [
    (f'{ABI}/backend.h', r'(EV_BACKEND_ABI_MINOR) 1\n', r'\1 2\n'),
    (f'{ABI}/backend.h', re.escape(END),
     '\tconst char *(*remark)(const struct ev_host *host);\n' + END),
    (f'{ABI}/host.h', r'EV_ABI_VERSION\(1, 0\)', 'EV_ABI_VERSION(1, 1)'),
    (f'{ABI}/host.h', r'(void \(\*log\)\([^;]*;\n)',
     r'\1\tconst char *(*mood)(void);\n'),
    (f'{ABI}/signal.h', r'EV_ABI_VERSION\(1, 0\)', 'EV_ABI_VERSION(1, 1)'),
    (f'{ABI}/signal.h', re.escape(END), '\tconst char *(*motto)(void);\n' + END),
    (f'{ABI}/core.h', r'EV_ABI_VERSION\(1, 0\)', 'EV_ABI_VERSION(1, 1)'),
    (f'{ABI}/core.h', re.escape(END), '\tconst char *(*motto)(void);\n' + END),
    ('libev-core/src/backends.c', r'(\tshow_choice\(io, config, &found\);\n)',
     r'\1\tif (EV_ABI_HAS(struct ev_backend_ops, io->ops, remark))\n'
     r'\t\tlog_msg("asked: %s", io->ops->remark(host_table()));\n'),
    ('libev-core/src/host.c', r'(const struct ev_host \*\nhost_table)',
     'static const char *\nmood(void)\n{\n\treturn "the host is merry";\n}\n\n'
     r'\1'),
    ('libev-core/src/host.c', r'(\.log = log_line,)', r'\1 .mood = mood,'),
    ('libev-core/src/signals.c', r'(\t\*signals = \(struct signals\)\{ops, self)',
     '\tif (EV_ABI_HAS(struct ev_signal_ops, ops, motto))\n'
     '\t\tlog_msg("the provider says: %s", ops->motto());\n'
     r'\1'),
    ('libev-core/src/core_table.c', r'(const struct ev_core_ops \*\nev_core_table)',
     'static const char *\nmotto(void)\n{\n\treturn "festina lente";\n}\n\n'
     r'\1'),
    ('libev-core/src/core_table.c', r'(\.close_fd = \w+,)', r'\1 .motto = motto,'),
    ('libev-signal/selfpipe.c', r'(const struct ev_signal_ops provider_selfpipe)',
     'static const char *\nmotto(void)\n{\n\treturn "none is lost";\n}\n\n'
     r'\1'),
    ('libev-signal/selfpipe.c', r'(\.reopen = \w+,)', r'\1 .motto = motto,'),
    ('libev-buffer/src/core_link.c', r'(\tatomic_store_explicit\(&core_link)',
     '\tif (EV_ABI_HAS(struct ev_core_ops, ops, motto))\n'
     '\t\tops->log(EV_SEV_MSG, ops->motto());\n'
     r'\1'),
    ('libev-buffer/src/core_link.c', r'(#include "core_link.h"\n)',
     r'\1#include <libev-abi/host.h>\n'),
]
MODULES_NEWER = [
    (r'\nEV_ABI_EXPORT(?=.*\.open = (\w+),)', MODULE),
    (r'\.open = \w+,', '.open = open_and_remark, .remark = remark,'),
]


def replaced(text, pattern, new, where):
    text, count = re.subn(pattern, new, text, flags=re.S)
    if count != 1:
        sys.exit(f'{where}: {pattern!r} fits {count} times: '
                 'tests/minors/variant.py has to follow')
    return text


SEEN = set()


def read(path):
    SEEN.add(path)
    with open(path, encoding='utf-8') as file:
        return file.read()


def write(path, text):
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)


def copy_headers(source, headers):
    shutil.rmtree(headers, ignore_errors=True)
    os.mkdir(headers)
    for name in os.listdir(source):
        write(os.path.join(headers, name), read(os.path.join(source, name)))


def main(variant, source, out, depfile, output, *modules):
    edits, of_modules = {'older': (OLDER, []),
                         'newer': (NEWER, MODULES_NEWER)}[variant]
    headers = os.path.join(out, 'libev-abi')
    copy_headers(os.path.join(source, ABI), headers)
    texts = {}
    for file, pattern, new in edits:
        text = texts.get(file) or read(os.path.join(source, file))
        texts[file] = replaced(text, pattern, new, file)
    for name in modules:
        file = f'libev-backends/{name}.c'
        texts[file] = read(os.path.join(source, file))
        for pattern, new in of_modules:
            texts[file] = replaced(texts[file], pattern, new, file)
    for file, text in texts.items():
        name = os.path.basename(file)
        write(os.path.join(headers if file.startswith(ABI) else out, name),
              text)
    seen = ' '.join(path.replace(' ', r'\ ') for path in sorted(SEEN))
    write(depfile, f'{output}: {seen}\n')
    write(os.path.join(out, 'variant.h'), '')


if __name__ == '__main__':
    main(*sys.argv[1:])

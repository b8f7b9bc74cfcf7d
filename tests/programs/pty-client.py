#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Run a program in a terminal, and be the person before it.

usage: pty-client.py SEEN ROWS COLUMNS PROGRAM [ARG...]

What the program shows is appended to the file SEEN.  Standard input says
what to do, a line each: "keys TEXT" (with Python's escapes) types, "size
ROWS COLUMNS" resizes the terminal.  Ends as the program does.
"""
import fcntl
import os
import pty
import select
import struct
import sys
import termios


def resize(terminal, rows, columns):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ,
                struct.pack("HHHH", int(rows), int(columns), 0, 0))


def obey(terminal, line):
    verb, _, rest = line.partition(" ")
    if verb == "keys":
        os.write(terminal, rest.encode().decode("unicode_escape").encode())
    elif verb == "size":
        resize(terminal, *rest.split())


def serve(terminal, seen):
    commands, pending = 0, ""
    watched = [terminal, commands]
    while True:
        ready, _, _ = select.select(watched, [], [])
        if commands in ready:
            data = os.read(commands, 4096)
            if not data:
                watched.remove(commands)
            *lines, pending = (pending + data.decode()).split("\n")
            for line in lines:
                obey(terminal, line)
        if terminal in ready:
            try:
                data = os.read(terminal, 65536)
            except OSError:
                return
            if not data:
                return
            seen.write(data)
            seen.flush()


def main():
    name, rows, columns, *command = sys.argv[1:]
    pid, terminal = pty.fork()
    if pid == 0:
        resize(0, rows, columns)
        os.execvp(command[0], command)
    with open(name, "ab") as seen:
        serve(terminal, seen)
    _, status = os.waitpid(pid, 0)
    sys.exit(os.waitstatus_to_exitcode(status) & 0xff)


main()

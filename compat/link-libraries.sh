#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The linker and the loader meet the libraries of the suite in the folder that
# they were given for libevent.  install_symlink() would want the libraries to be
# there already, and a packager may install each tag by itself.
#
# usage: link-libraries.sh FOLDER NAME...
set -eu

folder=${DESTDIR:-}$1
shift
mkdir -p "$folder"
for name; do
	ln -sfn "../../../$name" "$folder/$name"
done

